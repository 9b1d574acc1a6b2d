import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueNameExists,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { expect, onTestFinished, test } from 'vitest';
import type { AwsCall } from '../../../../infra/local/aws/aws-call.ts';
import { startSqs } from '../../../../infra/local/aws/sqs.ts';
import { localCredentials } from '../../../support/local-credentials.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const QueueName = 'jobs.fifo';
const minute = 60_000;

/** A queue with a visibility timeout of 30 s. */
async function open(folder = temporaryFolder(), calls: AwsCall[] = []) {
  let now = Date.now();
  const service = await startSqs(
    folder,
    (call) => calls.push(call),
    () => now,
  );
  const { endpoint } = service;
  const client = new SQSClient({
    ...localCredentials,
    endpoint,
    useQueueUrlAsEndpoint: false,
    userAgentAppId: 'sync-dispatch',
    maxAttempts: 1,
  });
  const close = async () => {
    client.destroy();
    await service.close();
  };
  onTestFinished(close);

  const create = async (name: string, attributes = {}) => {
    const Attributes = { FifoQueue: 'true', ...attributes };
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes }));
    return QueueUrl;
  };
  const url = await create(QueueName, { VisibilityTimeout: '30' });

  /** Sends messages written as `group:body`, their text being their deduplication ID. */
  const send = (...messages: string[]) =>
    client.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: messages.map((message, position) => ({
          Id: `${position}`,
          MessageBody: message,
          MessageGroupId: message.split(':')[0],
          MessageDeduplicationId: message,
        })),
      }),
    );
  const receiveAll = async (WaitTimeSeconds = 0, QueueUrl = url, MaxNumberOfMessages = 10) => {
    const command = new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages,
      WaitTimeSeconds,
      MessageSystemAttributeNames: ['All'],
    });
    return (await client.send(command)).Messages ?? [];
  };
  const receive = async (most = 10) => (await receiveAll(0, url, most)).map(({ Body }) => Body);
  const remove = ({ ReceiptHandle }: { ReceiptHandle?: string | undefined } = {}) =>
    client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
  const removeAll = async (messages: readonly { ReceiptHandle?: string | undefined }[]) => {
    const Entries = messages.map(({ ReceiptHandle }, position) => ({ Id: `${position}`, ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
  };
  const pass = (milliseconds: number) => {
    now += milliseconds;
  };
  return { client, service, url, create, send, receiveAll, receive, remove, removeAll, pass, close };
}

test('messages come group by group, no more than requested; the other groups wait for the next receiver', async () => {
  const { send, receive } = await open();
  await send('a:1', 'b:1', 'a:2', 'b:2', 'c:1');
  expect(await receive(3)).toEqual(['a:1', 'a:2', 'b:1']);
  expect(await receive(3)).toEqual(['c:1']);
});

test('nothing comes twice in one answer, even where it is to be hidden from nobody', async () => {
  const { send, client, url } = await open();
  await send('a:1', 'a:2', 'b:1');
  const command = new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 0 });
  const { Messages: messages = [] } = await client.send(command);
  expect(messages.map(({ Body }) => Body)).toEqual(['a:1', 'a:2', 'b:1']);
});

test('what came together and was not deleted comes together again, before what was sent since', async () => {
  const { send, receive, receiveAll, removeAll, pass } = await open();
  await send('a:1', 'a:2', 'a:3', 'b:1');
  const messages = await receiveAll();
  await send('a:4');
  await removeAll(messages.filter(({ Body }) => Body === 'a:1' || Body === 'b:1'));
  pass(29_999);
  expect(await receive()).toEqual([]);
  pass(1);
  expect(await receive()).toEqual(['a:2', 'a:3', 'a:4']);
});

test('a deletion of several wakes whoever waits for their groups', async () => {
  const { send, receiveAll, removeAll, url } = await open();
  await send('a:1', 'a:2');
  const first = await receiveAll(0, url, 1);
  const opening = receiveAll(20);
  await removeAll(first);
  expect((await opening).map(({ Body }) => Body)).toEqual(['a:2']);
});

test('a deduplication ID counts for five minutes from the first message, which answers its repetitions', async () => {
  const { send, receive, receiveAll, remove, pass } = await open();
  const first = await send('a:1');
  const [message] = await receiveAll();
  await remove(message);
  pass(5 * minute - 1);
  const repeated = await send('a:1');
  expect(repeated.Successful?.[0]?.MessageId).toBe(first.Successful?.[0]?.MessageId);
  expect(await receive()).toEqual([]);
  pass(1);
  await send('a:1');
  expect(await receive()).toEqual(['a:1']);
});

test('a receiver may wait: a message that comes and a group that opens wake it', async () => {
  const { send, receiveAll, remove } = await open();
  const coming = receiveAll(20);
  await send('a:1');
  const [first] = await coming;
  expect(first?.Body).toBe('a:1');
  await send('a:2');
  const opening = receiveAll(20);
  await remove(first);
  expect((await opening).map(({ Body }) => Body)).toEqual(['a:2']);
  expect(await receiveAll(1)).toEqual([]);
});

test('one of two waiting receivers gets the message', async () => {
  const { send, receiveAll } = await open();
  const both = [receiveAll(1), receiveAll(1)];
  await send('a:1');
  expect((await Promise.all(both)).flat().map(({ Body }) => Body)).toEqual(['a:1']);
});

test('messages outlive a restart; those in flight are visible at once, since their receivers are gone', async () => {
  const folder = temporaryFolder();
  const before = await open(folder);
  await before.send('a:1', 'a:2', 'b:1');
  const inFlight = await before.receiveAll();
  await before.remove(inFlight.find(({ Body }) => Body === 'b:1'));
  await before.close();
  const { receive, send, client, url } = await open(folder);
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
  );
  expect(Attributes).toMatchObject({
    QueueArn: `arn:aws:sqs:us-east-1:000000000000:${QueueName}`,
    VisibilityTimeout: '30',
    ApproximateNumberOfMessages: '2',
    ApproximateNumberOfMessagesNotVisible: '0',
  });
  await send('b:1');
  expect(await receive()).toEqual(['a:1', 'a:2']);
});

test('what was sent outlives a service that was killed', async () => {
  const folder = temporaryFolder();
  const module = new URL('../../../../infra/local/aws/sqs.ts', import.meta.url).href;
  const script = `const { startSqs } = await import(${JSON.stringify(module)});
    console.log((await startSqs(${JSON.stringify(folder)})).endpoint);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const client = new SQSClient({ ...localCredentials, endpoint: line.toString().trim() });
  onTestFinished(() => client.destroy());
  const Attributes = { FifoQueue: 'true' };
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'killed.fifo', Attributes }));
  const entry = { Id: '0', MessageBody: 'a:1', MessageGroupId: 'a', MessageDeduplicationId: '1' };
  await client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [entry] }));
  await client.send(new ReceiveMessageCommand({ QueueUrl }));
  child.kill('SIGKILL');
  await exited;

  const { receiveAll, client: after } = await open(folder);
  const found = await after.send(new GetQueueUrlCommand({ QueueName: 'killed.fifo' }));
  const [message] = await receiveAll(0, found.QueueUrl);
  expect(message).toMatchObject({ Body: 'a:1', Attributes: { ApproximateReceiveCount: '2' } });
});

test('a queue is found by name, made once, and refused with other attributes', async () => {
  const { client, url, create } = await open();
  expect(await client.send(new GetQueueUrlCommand({ QueueName }))).toMatchObject({ QueueUrl: url });
  expect(await create(QueueName)).toBe(url);
  await expect(create(QueueName, { VisibilityTimeout: '31' })).rejects.toBeInstanceOf(QueueNameExists);
});

test('a damaged file is refused in one line', async () => {
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, 'queues.sqlite'),
    'damaged, and long enough to be no empty database file'.repeat(20),
  );
  await expect(startSqs(folder)).rejects.toThrow(
    /^the data folder is damaged: .*queues\.sqlite.* move it away$/,
  );
});
