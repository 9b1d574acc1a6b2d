import { type TableName, tables } from './tables.ts';

/** The rule for names of stages. */
export const stageName = {
  form: /^[a-z0-9-]{1,20}$/,
  words: '1 to 20 lower-case letters, digits or hyphens',
};

/** The setting that holds the name of a table. */
export type TableSetting = `${TableName}Table`;

/** The fixed names in an installation: of a stage in AWS or, without a stage, of the local one. */
export function namesOf(stage?: string) {
  const parts = ['gmail-offline-access', ...(stage === undefined ? [] : [stage])];
  const name = parts.join('-');
  const path = parts.join('/');
  const named = Object.keys(tables).map((table) => [table, `${name}-${table}`] as const);
  const settings = named.map(([table, tableName]) => [`${table}Table`, tableName]);
  return {
    tables: Object.fromEntries(named) as Record<TableName, string>,
    settings: {
      ...(Object.fromEntries(settings) as Record<TableSetting, string>),
      tokenKey: `alias/${name}`,
      loginKey: `${path}/login-key`,
      clientSecretId: `${path}/client-secret`,
      eventBus: name,
    },
    syncQueue: `${name}-sync.fifo`,
  };
}
