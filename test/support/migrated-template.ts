/** A database that is migrated once for a file, and copied for each of its tests. */
import { migrate } from '../../src/store/migrations/migrate.ts'
import { connect, disconnect } from '../../src/store/postgres.ts'
import { testDatabase } from './postgres.ts'

export type Database = Awaited<ReturnType<typeof testDatabase>>

export class MigratedTemplate {
  readonly #database: Database

  private constructor(database: Database) {
    this.#database = database
  }

  static async make(): Promise<MigratedTemplate> {
    const database = await testDatabase()
    const sql = connect(database.url, { max: 1, applicationName: 'migrate' })
    await migrate(sql).finally(() => disconnect(sql))
    return new MigratedTemplate(database)
  }

  copy(): Promise<Database> {
    return testDatabase(this.#database.name)
  }

  drop(): Promise<void> {
    return this.#database.drop()
  }
}
