/** A migrated database for each test of a file. */
import { afterAll, afterEach, beforeAll, beforeEach } from 'bun:test'
import { disconnect, type Sql } from '../../src/store/postgres.ts'
import { type Database, MigratedTemplate } from './migrated-template.ts'

export interface DatabasePerTest {
  readonly url: string
  /** Closes it after the test, before its database goes. */
  closing(sql: Sql): Sql
}

/** Call it at the top of the file, before hooks that use the database. */
export function databasePerTest(): DatabasePerTest {
  let template: MigratedTemplate
  let database: Database
  let opened: Sql[] = []
  beforeAll(async () => {
    template = await MigratedTemplate.make()
  })
  beforeEach(async () => {
    database = await template.copy()
  })
  afterEach(async () => {
    await Promise.all(opened.map(disconnect))
    opened = []
    await database.drop()
  })
  afterAll(() => template.drop())
  return {
    get url() {
      return database.url
    },
    closing(sql) {
      opened.push(sql)
      return sql
    },
  }
}
