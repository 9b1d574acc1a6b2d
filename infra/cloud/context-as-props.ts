import type { Construct } from 'constructs';
import { readConfig } from '../../lambdas/config.ts';
import { type PassedOn, passedOn, readContext } from './context.ts';
import type { GmailOfflineAccessProps } from './gmail-offline-access.ts';

/**
 * Reads the deployer's choices from the CDK context, as the construct takes them; what was not chosen is undefined.
 *
 * @throws ConfigError naming everything that is wrong, at once.
 */
export function readContextAsProps(scope: Construct): GmailOfflineAccessProps {
  const { variables, domain, ...choices } = readContext(scope);
  const { stage, syncWorkers, alarmEmail, runbookUrl, logRetentionDays, multiRegionKey } = choices;
  const { loginKeyVersion, breakGlassRoleArn, dpop, removalPolicy } = choices;
  const config = readConfig(variables, ...(Object.keys(passedOn) as PassedOn[]));
  const ifChosen = <Name extends PassedOn>(name: Name) =>
    variables[passedOn[name]] === undefined ? undefined : config[name];
  return {
    clientId: config.clientId,
    stage,
    syncWorkers,
    alarmEmail,
    runbookUrl,
    domainName: domain?.name,
    certificateArn: domain?.certificateArn,
    logRetentionDays,
    loginKeyVersion,
    multiRegionKey,
    breakGlassRoleArn,
    dpop,
    removalPolicy,
    scopes: ifChosen('scopes'),
    allowedReturnOrigins: ifChosen('allowedReturnOrigins'),
    signUp: ifChosen('signUp'),
    signUpDomains: ifChosen('signUpDomains'),
    accessTokens: ifChosen('accessTokens'),
    copy: ifChosen('copy'),
    quotaProfile: ifChosen('quotaProfile'),
    dailyUnits: ifChosen('dailyUnits'),
    pollSeconds: ifChosen('pollSeconds'),
    quietPollSeconds: ifChosen('quietPollSeconds'),
  };
}
