import { fromEnv } from '@aws-sdk/credential-provider-env';

/** The credentials that Lambda gives a function as variables. */
export const defaultProvider = fromEnv;
