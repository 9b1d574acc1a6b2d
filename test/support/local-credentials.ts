/** What the AWS clients of tests are made with: the embedded services look at neither. */
export const localCredentials = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};
