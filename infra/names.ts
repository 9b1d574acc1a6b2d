import { type TableName, tables } from './tables.ts';

/** What a stage may be called. */
export const stageName = {
  form: /^[a-z0-9-]{1,20}$/,
  words: '1 to 20 lower-case letters, digits or hyphens',
};

/** The setting that holds the name of a table. */
export type TableSetting = `${TableName}Table`;

/**
 * The fixed names of what an installation has: of a stage in AWS, or of the one on this machine, which has no stage. Most
 * are settings of the functions.
 */
export function namesOf(stage?: string) {
  const parts = ['gmail-offline-access', ...(stage === undefined ? [] : [stage])];
  const name = parts.join('-');
  const path = parts.join('/');
  const all = Object.keys(tables);
  const named = all.map((table) => [table, `${name}-${table}`]);
  const settings = all.map((table) => [`${table}Table`, `${name}-${table}`]);
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
