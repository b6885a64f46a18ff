/**
 * `npm run test:cluster [-- --install] [FILE…]`: the tests that need real servers. With `--install` the Debian packages of those that
 * this machine lacks come first (apt-get, as root).
 */
import { installServices } from '../../src/services/install.ts'
import { SERVICE_NAMES } from '../../src/services/service.ts'
import { missingServices } from '../../src/services/services.ts'

const args = process.argv.slice(2)
if (args.includes('--install') && (await missingServices()).length > 0) {
  await installServices(SERVICE_NAMES, sentence => process.stderr.write(`test:cluster: ${sentence}\n`))
}
const files = args.filter(arg => arg !== '--install')
const tests = Bun.spawn(
  [process.execPath, 'test', '--timeout', '120000', ...(files.length > 0 ? files : ['./test/cluster'])],
  { stdio: ['ignore', 'inherit', 'inherit'] },
)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tests.kill(signal))
process.exit(await tests.exited)
