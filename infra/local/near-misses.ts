import { localSettings } from './settings.ts';

const variableNames = localSettings.map(({ variable }) => variable);

/** The shortest name in which one wrong letter counts as a typo; shorter names would match unrelated ones. */
const shortestCompared = 6;

/**
 * Returns a sentence for each variable that is probably a misspelt setting of `npm start`: the same letters with other
 * case or separators, or one letter missing, added, changed or swapped. A setting that is set has no near misses.
 */
export function describeNearMisses(environment: Readonly<Record<string, string | undefined>>): string[] {
  const isSet = (name: string) => environment[name] !== undefined && environment[name] !== '';
  const missing = variableNames.filter((name) => !isSet(name));
  return Object.keys(environment)
    .filter((name) => isSet(name) && !variableNames.includes(name))
    .flatMap((name) => {
      const meant = missing.find((known) => isNear(name, known));
      return meant === undefined ? [] : [`Unknown variable ${name}: did you mean ${meant}?`];
    });
}

function isNear(name: string, known: string): boolean {
  const [given, wanted] = [lettersOf(name), lettersOf(known)];
  if (given === wanted) return true;
  // AWS's own names differ by a letter or two: AWS_ENDPOINT_URL_SNS is not a typo.
  return !known.startsWith('AWS_') && wanted.length >= shortestCompared && isOneSlip(given, wanted);
}

function lettersOf(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
}

/** Whether one letter is missing, added or changed, or two neighbours are swapped. */
function isOneSlip(given: string, wanted: string): boolean {
  const [short, long] = given.length < wanted.length ? [given, wanted] : [wanted, given];
  let start = 0;
  while (start < short.length && short[start] === long[start]) start += 1;
  const [restOfShort, restOfLong] = [short.slice(start), long.slice(start)];
  if (short.length < long.length) return restOfShort === restOfLong.slice(1);
  const isSwap = restOfShort[0] === restOfLong[1] && restOfShort[1] === restOfLong[0];
  return (
    restOfShort.slice(1) === restOfLong.slice(1) || (isSwap && restOfShort.slice(2) === restOfLong.slice(2))
  );
}
