/** A secret under the name by which a finding tells of it. */
export interface Canary {
  readonly name: string;
  readonly secret: string;
}

/** Every canary that the text holds: plain, or as base64, hex or percent code. */
export function findCanaries(text: string, canaries: readonly Canary[]): string[] {
  const lowerCase = text.toLowerCase();
  return canaries.flatMap(({ name, secret }) => {
    if (secret.length < 16) throw new Error(`The canary ${name} is too short to be told from chance.`);
    const forms = [secret, encodeURIComponent(secret), ...base64Forms(secret)].filter((form) =>
      text.includes(form),
    );
    const hex = Buffer.from(secret).toString('hex');
    const percent = hex.replace(/../g, '%$&');
    const caseless = [hex, percent].filter((form) => lowerCase.includes(form));
    return forms.length + caseless.length > 0 ? [name] : [];
  });
}

/** What base64 makes of the secret wherever it starts in the encoded bytes, less the digits its neighbours share. */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.from('\0'.repeat(offset) + secret).toString('base64url');
    const whole = encoded.slice(offset === 0 ? 0 : offset + 1, -2);
    return [whole, whole.replaceAll('-', '+').replaceAll('_', '/')];
  });
}
