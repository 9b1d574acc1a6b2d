import type { LocalEnvironment, LocalEnvironmentOptions } from './environment.ts';

type Announced = Pick<LocalEnvironment, 'origin' | 'registeredRedirectUris'> & {
  readonly google: Pick<NonNullable<LocalEnvironment['google']>, 'origin' | 'accounts'> | undefined;
  readonly aws: Pick<LocalEnvironment['aws'], 'region' | 'credentials'>;
};

/** What `npm start` prints once everything runs; its last line is `ready` and the site's URL. */
export function banner(environment: Announced, options: LocalEnvironmentOptions): string {
  return [
    '',
    'gmail-offline-access, all of it on this machine',
    '',
    `  open    ${environment.origin}/`,
    ...googleLines(environment, options),
    `  AWS     ${awsLine(options)}`,
    `          ${signingLine(environment)}`,
    `  sync    ${syncLine(options)}`,
    `  data    ${options.dataFolder}`,
    '',
    '  Ctrl-C stops it; grants and sessions stay.',
    '',
    `ready ${environment.origin}`,
  ].join('\n');
}

function googleLines(
  { origin, google, registeredRedirectUris }: Announced,
  { googleIssuer, clientSecretFile }: LocalEnvironmentOptions,
): string[] {
  const redirectUri = `${origin}/auth/callback`;
  if (google !== undefined) {
    return [
      `  Google  a local one, at ${google.origin}`,
      `          sign in as ${google.accounts.join(', ')}`,
      ...(googleIssuer === undefined ? [] : [`          consent goes to ${googleIssuer}`]),
    ];
  }
  return [
    `  Google  the real one, with ${clientSecretFile}`,
    registeredRedirectUris.includes(redirectUri)
      ? `          ${redirectUri} must stay among the client's redirect URIs`
      : `          WARNING: the file does not name ${redirectUri}: add it to the client's redirect URIs in Google's console`,
  ];
}

function syncLine({ copy, syncIntervalSeconds = 60 }: LocalEnvironmentOptions): string {
  return copy === 'off' ? 'off: no mail is copied' : `a tick every ${syncIntervalSeconds} s`;
}

function awsLine({ awsEndpoints = {} }: LocalEnvironmentOptions): string {
  const {
    dynamodb = 'embedded',
    kms = 'embedded',
    secretsManager = 'embedded',
    sqs = 'embedded',
    eventBridge = 'embedded',
  } = awsEndpoints;
  return `DynamoDB ${dynamodb}, KMS ${kms}, Secrets Manager ${secretsManager}, SQS ${sqs}, EventBridge ${eventBridge}`;
}

/**
 * How to sign a backend's requests. The generated credentials of this machine are not secret; others are not printed.
 */
function signingLine({ aws: { region, credentials } }: Announced): string {
  const { accessKeyId, secretAccessKey } = credentials;
  const isMadeUp = secretAccessKey === accessKeyId;
  const pair = `AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`;
  return `backends sign for execute-api in ${region} with ${isMadeUp ? pair : 'the AWS credentials of this shell'}`;
}
