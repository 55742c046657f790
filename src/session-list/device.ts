// What somebody is told of where a session is: enough to know it again, nothing asked of anybody else.
import { isIPv4 } from 'node:net'
import { plainAddress } from '../http/network-address.ts'
import { networkOf } from '../limits/queries.ts'

// The first that fits counts: nearly every browser also says that it is another one.
const browsers: [RegExp, string][] = [
  [/\bEdgA?(?:iOS)?\//, 'Edge'],
  [/\bOPR\/|\bOPT\//, 'Opera'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\bChrome\/|\bCriOS\/|\bChromium\//, 'Chrome'],
  [/\bVersion\/[\d.]+ .*\bSafari\//, 'Safari'],
  [/\bcurl\//, 'curl'],
]
const systems: [RegExp, string][] = [
  [/\biPhone\b|\biPod\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b|\bX11\b/, 'Linux'],
]

export type Device = { browser: string | undefined; system: string | undefined }

export function deviceOf(userAgent: string): Device {
  const named = (list: [RegExp, string][]) => list.find(([sign]) => sign.test(userAgent))?.[1]
  return { browser: named(browsers), system: named(systems) }
}

/** `203.0.113.x` or `2001:db8:1:2::/64`: a household moves about in it, and it is all that the address says by itself. */
export function placeOf(ip: string | null): string | undefined {
  const plain = ip === null ? null : plainAddress(ip)
  if (plain === null) return undefined
  if (isIPv4(plain)) return plain.replace(/\d+$/, 'x')
  return `${plainAddress(`${networkOf(plain)}::`)}/64`
}
