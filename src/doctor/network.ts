// What is elsewhere: the mail server, and the address that readers use. Both are of the operator's settings.
import { randomUUID } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { Config } from '../config.ts'
import { greetMailServer, newMailer } from '../mail/mailer.ts'
import { paths } from '../paths.ts'
import { isLoopbackName } from '../setting-values.ts'
import { type Around, type Told, notice, ok, wrong } from './finding.ts'

export async function checkMail({ config, mailTo, onProgress }: Around): Promise<Told[]> {
  const { smtpUrl } = config
  if (!smtpUrl) {
    if (mailTo) return [wrong('No mail was sent: SMTP_URL is not set.', 'Set SMTP_URL and MAIL_FROM.')]
    return [ok('SMTP_URL is not set, so mail goes to the terminal and a folder.')]
  }
  const { host } = new URL(smtpUrl)
  try {
    onProgress({ label: `greeting ${host}` })
    await greetMailServer(smtpUrl)
    if (mailTo) await sendTo(config, mailTo)
  } catch (error) {
    const { code, message, response } = error as { code?: string; message: string; response?: string }
    return [wrong(`The mail server ${host} ${whatItDid(code)}: ${shortened(response ?? message)}`, whatToDo(code))]
  }
  if (!mailTo) return [ok(`The mail server ${host} greets and lets Bloggy in. \`--mail ADDRESS\` sends one.`)]
  return [ok(`The mail server ${host} took a mail to ${mailTo}. Look whether it arrives, and not among spam.`)]
}

async function sendTo(config: Config, to: string): Promise<void> {
  const mailer = newMailer(config, () => {})
  try {
    await mailer.send({
      to,
      subject: 'Mail from Bloggy arrives',
      text: `This mail was sent by \`bloggy doctor\` of ${config.siteUrl.origin}, to see whether mail arrives.\n`,
      messageId: `doctor-${randomUUID()}`,
    })
  } finally {
    mailer.close()
  }
}

function whatItDid(code = ''): string {
  if (code === 'EAUTH') return 'refuses the sign-in'
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return 'refuses the mail'
  if (code === 'ETLS') return 'does not agree on TLS'
  return 'cannot be reached'
}

function whatToDo(code = ''): string {
  if (code === 'EAUTH')
    return 'Correct user and password in SMTP_URL; special characters are written as %40 and the like.'
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return 'Look whether it takes MAIL_FROM as a sender.'
  if (code === 'ETLS')
    return 'Compare host and port in SMTP_URL with the certificate; port 465 wants smtps://, 587 smtp://.'
  return 'Correct host and port in SMTP_URL, or open the way to it in the firewall.'
}

const shortened = (text: string) => text.replaceAll(/\s+/g, ' ').trim().slice(0, 200)

const patienceMs = 5000
const soonDays = 14

/** Asked from here, the address may lead past what readers pass. */
export async function checkAddress({ config, onProgress }: Around): Promise<Told[]> {
  const { origin, hostname, protocol } = config.siteUrl
  const url = origin + paths.livez()
  try {
    onProgress({ label: `asking ${origin}` })
    const { status, text, validTo } = await ask(url)
    if (status !== 200 || text.trim() !== 'ok')
      return [
        wrong(
          `${url} answers ${status}, and not as Bloggy does.`,
          `Look what answers there, and whether the proxy leads to port ${config.port}.`,
        ),
      ]
    const days = validTo === undefined ? Infinity : (validTo.getTime() - Date.now()) / 86_400_000
    if (days < soonDays)
      return [
        notice(
          `The certificate of ${hostname} is good for ${Math.max(0, Math.floor(days))} more days.`,
          'Look why it was not renewed.',
        ),
      ]
    return [ok(`${origin} answers${protocol === 'https:' ? ', with a certificate that is good' : ''}.`)]
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const words = `Nothing answers at ${origin} from here: ${shortened(code ?? message)}.`
    // The blog may be stopped, which is no fault of its own.
    if (isLoopbackName(hostname)) return [notice(words, 'Start the blog, or set SITE_URL to where it is.')]
    return [notice(words, 'Start the blog; then look at the name, the proxy and its certificate.')]
  }
}

async function ask(url: string): Promise<{ status: number; text: string; validTo: Date | undefined }> {
  return await new Promise((resolve, reject) => {
    const request = (url.startsWith('https:') ? https : http).get(
      url,
      { timeout: patienceMs, agent: false },
      (answer) => {
        const certificate = (answer.socket as TLSSocket).getPeerCertificate?.()
        const validTo = certificate?.valid_to ? new Date(certificate.valid_to) : undefined
        let text = ''
        answer.setEncoding('utf8').on('data', (part: string) => (text = (text + part).slice(0, 100)))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text, validTo })).on('error', reject)
      },
    )
    request.on('timeout', () =>
      request.destroy(Object.assign(new Error('timeout'), { code: 'no answer in 5 seconds' })),
    )
    // A server that sends a little now and then would hold it for ever.
    const end = setTimeout(() => request.destroy(new Error('no whole answer in 10 seconds')), 2 * patienceMs)
    request.on('error', reject).on('close', () => clearTimeout(end))
  })
}
