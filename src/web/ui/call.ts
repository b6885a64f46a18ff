export { complain, say } from '../console/notices.ts'
/** With the key of whoever is signed in, and not for ever. */
export { call } from '../console/session.ts'
