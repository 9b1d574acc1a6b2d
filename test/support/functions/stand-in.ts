/** A stand-in function that does what the event's query asks of it. */
let invocations = 0;

interface Event {
  readonly queryStringParameters?: Readonly<Record<string, string>>;
}

interface Context {
  getRemainingTimeInMillis(): number;
}

export async function handler({ queryStringParameters = {} }: Event, context: Context): Promise<unknown> {
  invocations += 1;
  const { act = '', value = '' } = queryStringParameters;
  switch (act) {
    case 'count':
      return { invocations };
    case 'environment':
      return { ...process.env };
    case 'time':
      return {
        now: Date.now(),
        date: new Date().toISOString(),
        remaining: context.getRemainingTimeInMillis(),
      };
    case 'log':
      console.info({ event: 'asked_to_log', value });
      console.error('plain', { value });
      return 'logged';
    case 'throw':
      throw new TypeError(value);
    case 'wait':
      return new Promise((resolve) => setTimeout(resolve, Number(value), 'waited'));
    case 'die':
      return process.exit(7);
    case 'large':
      return { statusCode: 200, body: 'x'.repeat(Number(value)) };
    case 'answer':
      return JSON.parse(value);
    default:
      return { statusCode: 204, cookies: ['a=1; Path=/', 'b=2'], headers: { location: '/x' } };
  }
}
