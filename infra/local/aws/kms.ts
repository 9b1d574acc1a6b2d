import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  randomUUID,
  sign,
} from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import { type AwsCall, account, arnOf } from './aws-call.ts';
import { type AwsDouble, startAwsDouble } from './aws-double.ts';
import { AwsError, createJsonService, parseRequest } from './json-service.ts';
import { openStateFile } from './state-file.ts';

/** KMS encrypts and signs at most 4,096 bytes (AWS KMS API reference, Encrypt and Sign). */
const maximumPlaintextBytes = 4096;
const maximumCiphertextBytes = 6144;

const keyIdBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = keyIdBytes + nonceBytes + tagBytes;

const stateSchema = v.object({
  keys: v.record(
    v.string(),
    v.object({
      material: v.pipe(
        v.string(),
        v.check((text) => Buffer.from(text, 'base64').length === 32),
      ),
      enabled: v.boolean(),
      // Older keys have no spec and are symmetric.
      spec: v.optional(v.picklist(['SYMMETRIC_DEFAULT', 'ECC_NIST_P256']), 'SYMMETRIC_DEFAULT'),
    }),
  ),
  aliases: v.record(v.string(), v.string()),
});

type Key = v.InferOutput<typeof stateSchema>['keys'][string];
type KeyUsage = 'ENCRYPT_DECRYPT' | 'SIGN_VERIFY';
interface FoundKey {
  readonly id: string;
  readonly key: Key;
}
type Context = Readonly<Record<string, string>>;

const context = v.optional(v.record(v.string(), v.string()), {});
const byKey = v.object({ KeyId: v.string() });
const createRequest = v.union([
  v.object({ KeySpec: v.literal('ECC_NIST_P256'), KeyUsage: v.literal('SIGN_VERIFY') }),
  v.object({
    KeySpec: v.optional(v.literal('SYMMETRIC_DEFAULT'), 'SYMMETRIC_DEFAULT'),
    KeyUsage: v.optional(v.literal('ENCRYPT_DECRYPT')),
  }),
]);
const signRequest = v.object({
  KeyId: v.string(),
  Message: blob(maximumPlaintextBytes),
  MessageType: v.optional(v.literal('RAW'), 'RAW'),
  SigningAlgorithm: v.literal('ECDSA_SHA_256'),
});
const encryptRequest = v.object({
  KeyId: v.string(),
  Plaintext: blob(maximumPlaintextBytes),
  EncryptionContext: context,
});
const decryptRequest = v.object({
  KeyId: v.optional(v.string()),
  CiphertextBlob: blob(maximumCiphertextBytes),
  EncryptionContext: context,
});
const aliasRequest = v.object({
  AliasName: v.pipe(v.string(), v.startsWith('alias/')),
  TargetKeyId: v.string(),
});

/**
 * A small AWS KMS: symmetric keys stored on disk, real AES-256-GCM, the encryption context as authenticated data, and
 * KMS's error names. A ciphertext contains its key's ID, like KMS's. Signing keys are of P-256; no operation exports
 * one.
 */
export async function startKms(folder: string, onCall?: (call: AwsCall) => void): Promise<AwsDouble> {
  const file = openStateFile(join(folder, 'keys.json'), stateSchema, { keys: {}, aliases: {} });
  const { keys, aliases } = file.state;

  function findKey(name: string): FoundKey {
    const resource = name.startsWith('arn:') ? name.split(':').slice(5).join(':') : name;
    const id = resource.startsWith('alias/') ? aliases[resource] : resource.replace(/^key\//, '');
    const key = id === undefined ? undefined : keys[id];
    if (id === undefined || key === undefined) {
      throw new AwsError('NotFoundException', `${name} is not found.`);
    }
    return { id, key };
  }

  function checkUsable({ id, key }: FoundKey, usage: KeyUsage): FoundKey {
    if (!key.enabled) throw new AwsError('DisabledException', `${arn(id)} is disabled.`);
    if (usageOf(key) !== usage) {
      throw new AwsError(
        'InvalidKeyUsageException',
        `${arn(id)} key usage is ${usageOf(key)} which is not valid for this operation.`,
      );
    }
    return { id, key };
  }

  function describe(id: string, key: Key): object {
    const metadata = { KeyId: id, Arn: arn(id), AWSAccountId: account };
    const state = { Enabled: key.enabled, KeyState: key.enabled ? 'Enabled' : 'Disabled' };
    return { KeyMetadata: { ...metadata, ...state, KeyUsage: usageOf(key), KeySpec: key.spec } };
  }

  function switchKey(input: unknown, enabled: boolean): object {
    findKey(parseRequest(byKey, input).KeyId).key.enabled = enabled;
    file.save();
    return {};
  }

  const server = createJsonService({
    CreateKey(input) {
      const { KeySpec: spec } = parseRequest(createRequest, input);
      const id = randomUUID();
      // For a signing key this is the private scalar: all but one of 2³² random values of this length are valid.
      const key = { material: randomBytes(32).toString('base64'), enabled: true, spec };
      keys[id] = key;
      file.save();
      return describe(id, key);
    },
    CreateAlias(input) {
      const { AliasName, TargetKeyId } = parseRequest(aliasRequest, input);
      if (aliases[AliasName] !== undefined) {
        throw new AwsError('AlreadyExistsException', `${AliasName} already exists.`);
      }
      aliases[AliasName] = findKey(TargetKeyId).id;
      file.save();
      return {};
    },
    DescribeKey(input) {
      const { id, key } = findKey(parseRequest(byKey, input).KeyId);
      return describe(id, key);
    },
    GetPublicKey(input) {
      const { id, key } = checkUsable(findKey(parseRequest(byKey, input).KeyId), 'SIGN_VERIFY');
      const publicKey = createPublicKey(privateKeyOf(key));
      return {
        KeyId: arn(id),
        KeySpec: key.spec,
        KeyUsage: 'SIGN_VERIFY',
        SigningAlgorithms: ['ECDSA_SHA_256'],
        PublicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
      };
    },
    Sign(input) {
      const { KeyId, Message, SigningAlgorithm } = parseRequest(signRequest, input);
      const { id, key } = checkUsable(findKey(KeyId), 'SIGN_VERIFY');
      const signature = sign('sha256', Message, privateKeyOf(key));
      return { KeyId: arn(id), SigningAlgorithm, Signature: signature.toString('base64') };
    },
    EnableKey: (input) => switchKey(input, true),
    DisableKey: (input) => switchKey(input, false),
    Encrypt(input) {
      const { KeyId, Plaintext, EncryptionContext } = parseRequest(encryptRequest, input);
      const { id, key } = checkUsable(findKey(KeyId), 'ENCRYPT_DECRYPT');
      const sealed = seal(id, key, Plaintext, EncryptionContext);
      return { CiphertextBlob: sealed.toString('base64'), ...usedKey(id) };
    },
    Decrypt(input) {
      const { KeyId, CiphertextBlob, EncryptionContext } = parseRequest(decryptRequest, input);
      const id = keyIdOf(CiphertextBlob);
      const key = keys[id];
      if (key === undefined) {
        throw new AwsError(
          'AccessDeniedException',
          'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
        );
      }
      if (KeyId !== undefined && findKey(KeyId).id !== id) {
        throw new AwsError(
          'IncorrectKeyException',
          'The key ID in the request does not identify a CMK that can perform this operation.',
        );
      }
      checkUsable({ id, key }, 'ENCRYPT_DECRYPT');
      const plaintext = open(id, key, CiphertextBlob, EncryptionContext);
      return { Plaintext: plaintext.toString('base64'), ...usedKey(id) };
    },
  });
  return startAwsDouble(server, 'kms', onCall);
}

function usageOf({ spec }: Key): KeyUsage {
  return spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : 'SIGN_VERIFY';
}

function privateKeyOf({ material }: Key): KeyObject {
  const curve = createECDH('prime256v1');
  const d = Buffer.from(material, 'base64');
  curve.setPrivateKey(d);
  const point = curve.getPublicKey();
  const text = (bytes: Buffer) => bytes.toString('base64url');
  const [x, y] = [text(point.subarray(1, 33)), text(point.subarray(33))];
  return createPrivateKey({ key: { kty: 'EC', crv: 'P-256', d: text(d), x, y }, format: 'jwk' });
}

function arn(keyId: string): string {
  return arnOf('kms', `key/${keyId}`);
}

function usedKey(id: string): object {
  return { KeyId: arn(id), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
}

function blob(maximumBytes: number) {
  return v.pipe(
    v.string(),
    v.transform((text) => Buffer.from(text, 'base64')),
    v.check((bytes) => bytes.length >= 1, 'Member must have length greater than or equal to 1'),
    v.check(
      (bytes) => bytes.length <= maximumBytes,
      `Member must have length less than or equal to ${maximumBytes}`,
    ),
  );
}

/** The context is authenticated in the order of its keys, because its own order does not matter. */
function authenticated(keyId: string, encryptionContext: Context): Buffer {
  const pairs = Object.entries(encryptionContext).sort(([one], [other]) => (one < other ? -1 : 1));
  return Buffer.from(JSON.stringify([keyId, pairs]));
}

function seal(keyId: string, key: Key, plaintext: Buffer, encryptionContext: Context): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key.material, 'base64'), nonce);
  cipher.setAAD(authenticated(keyId, encryptionContext));
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Buffer.from(keyId.replaceAll('-', ''), 'hex'), nonce, cipher.getAuthTag(), sealed]);
}

function open(keyId: string, key: Key, ciphertext: Buffer, encryptionContext: Context): Buffer {
  const nonce = ciphertext.subarray(keyIdBytes, keyIdBytes + nonceBytes);
  const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key.material, 'base64'), nonce);
  decipher.setAAD(authenticated(keyId, encryptionContext));
  decipher.setAuthTag(ciphertext.subarray(headBytes - tagBytes, headBytes));
  try {
    return Buffer.concat([decipher.update(ciphertext.subarray(headBytes)), decipher.final()]);
  } catch {
    throw new AwsError('InvalidCiphertextException', '');
  }
}

function keyIdOf(ciphertext: Buffer): string {
  if (ciphertext.length <= headBytes) throw new AwsError('InvalidCiphertextException', '');
  const hex = ciphertext.subarray(0, keyIdBytes).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
