/** Certificates for servers of 127.0.0.1, made for one test by openssl. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Certificate {
  readonly cert: string
  readonly key: string
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
const DAYS = ['-days', '2']

/** Signed by itself: its own authority. */
export function makeAuthority(dir: string, name: string): Certificate {
  const made = filesOf(dir, name)
  openssl(['req', '-x509', ...KEY, ...DAYS, '-subj', `/CN=${name}`, '-keyout', made.key, '-out', made.cert])
  return made
}

/** For a server at 127.0.0.1. */
export function makeServerCertificate(dir: string, name: string, authority: Certificate): Certificate {
  const made = filesOf(dir, name)
  const [request, names] = [join(dir, `${name}.csr`), join(dir, `${name}.ext`)]
  writeFileSync(names, 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n')
  openssl(['req', '-new', ...KEY, '-subj', `/CN=${name}`, '-keyout', made.key, '-out', request])
  const signer = ['-CA', authority.cert, '-CAkey', authority.key, '-CAcreateserial']
  openssl(['x509', '-req', '-in', request, ...signer, ...DAYS, '-extfile', names, '-out', made.cert])
  return made
}

function filesOf(dir: string, name: string): Certificate {
  return { cert: join(dir, `${name}.pem`), key: join(dir, `${name}.key`) }
}

function openssl(args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('openssl', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr ?? ''}`, { cause: error })
}
