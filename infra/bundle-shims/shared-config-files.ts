/** The separator in section names. */
export const CONFIG_PREFIX_SEPARATOR = '.';

/** Replaces the AWS SDK's reader of `~/.aws`: always returns empty settings. */
export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });
