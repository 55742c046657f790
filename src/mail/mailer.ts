// The one way to send mail. Without a mail server it is written where the operator can read it.
import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { once } from '../once.ts'

export type Mail = { to: string; subject: string; text: string; messageId: string; headers?: Record<string, string> }
export type Mailer = { send: (mail: Mail) => Promise<void>; close: () => void }

const timeoutMs = 10_000
const timeouts = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs * 3 }

/** Greets the mail server, agrees on TLS where it offers that, and signs in; sends nothing. Throws what it says. */
export async function greetMailServer(smtpUrl: string): Promise<void> {
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({ url: smtpUrl, ...timeouts })
  try {
    await transport.verify()
  } finally {
    transport.close()
  }
}

/** Sending may be repeated with the same messageId; a mail server tells the copies by it. */
export function newMailer(config: Config, show: (text: string) => void): Mailer {
  // Filters look for the same name as in the sender.
  const domain = /@([\w.-]+)>?\s*$/.exec(config.mailFrom)?.[1] ?? 'localhost'
  const host = domain === 'localhost' ? config.siteUrl.hostname : domain
  const compose = ({ to, subject, text, messageId, headers }: Mail) => ({
    from: config.mailFrom,
    // As an object, so that nothing in the address can become a second one.
    to: { name: '', address: to },
    subject,
    text,
    messageId: `<${messageId}@${host}>`,
    headers: { 'Auto-Submitted': 'auto-generated', ...headers },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  if (config.smtpUrl) {
    let close = () => {}
    const transport = once(async () => {
      const { createTransport } = await import('nodemailer')
      const opened = createTransport({ url: config.smtpUrl, ...timeouts })
      close = () => opened.close()
      return opened
    })
    return {
      send: async (mail) => {
        await (await transport()).sendMail(compose(mail))
      },
      close: () => close(),
    }
  }
  const folder = join(config.dataFolder, 'mail')
  return {
    send: async (mail) => {
      // Links in mail open accounts, so nobody else may read them.
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const path = join(folder, `${new Date().toISOString().replaceAll(':', '-')}-${randomUUID().slice(0, 8)}.txt`)
      // As plain text: in a mail's own encoding long links are broken in two and cannot be copied.
      writeFileSync(path, `To: ${mail.to}\nSubject: ${mail.subject}\n\n${mail.text}`, { mode: 0o600 })
      show(`Mail to ${mail.to}: ${mail.subject}\n${mail.text}\nKept in ${path}, because SMTP_URL is not set.`)
    },
    close: () => {},
  }
}
