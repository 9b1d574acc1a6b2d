/** What stands between the parts of a section's name. */
export const CONFIG_PREFIX_SEPARATOR = '.';

/** The AWS SDK's files of settings, of which there are none. */
export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });
