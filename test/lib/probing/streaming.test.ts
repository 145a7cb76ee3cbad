import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RekognitionStreamingClient } from '@aws-sdk/client-rekognitionstreaming';
import { describe, expect, it } from 'vitest';
import { randomNonce } from '#lib/probing/principal.ts';
import { startFaceLivenessSession } from '#lib/probing/streaming.ts';

/** CRC-32 as in Ethernet and zip; node:zlib has it only since Node 22. */
function crc32(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** One message of AWS's event stream encoding (vnd.amazon.eventstream). */
function message(headers: Readonly<Record<string, string>>, body: unknown): Buffer {
  const head = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const text = Buffer.from(value);
      const length = Buffer.from([text.length >> 8, text.length & 0xff]);
      return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), length, text]);
    }),
  );
  const payload = Buffer.from(JSON.stringify(body));
  const sizes = Buffer.concat([uint32(16 + head.length + payload.length), uint32(head.length)]);
  const start = Buffer.concat([sizes, uint32(crc32(sizes)), head, payload]);
  return Buffer.concat([start, uint32(crc32(start))]);
}

const exception = (type: string): Buffer =>
  message(
    { ':message-type': 'exception', ':exception-type': type, ':content-type': 'application/json' },
    { Message: 'Session not found.' },
  );
const event = (type: string): Buffer =>
  message({ ':message-type': 'event', ':event-type': type, ':content-type': 'application/json' }, {});

/** Starts a session at an endpoint that answers 200 and this stream. */
async function startAt(stream: Buffer) {
  const seen: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    seen.push({ ...request.headers, path: request.url });
    request.resume();
    request.on('end', () => {
      response.writeHead(200, {
        'content-type': 'application/vnd.amazon.eventstream',
        'x-amzn-requestid': 'r-1',
      });
      response.end(stream);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new RekognitionStreamingClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
    maxAttempts: 1,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const values = { ...randomNonce(), partition: 'aws', region: 'eu-west-1', accountId: '123456789012' };
  try {
    const reply = await startFaceLivenessSession(client, values, {
      abortSignal: new AbortController().signal,
    });
    return { reply, seen, values };
  } finally {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('the streaming probe', () => {
  it.each(['SessionNotFoundException', 'AccessDeniedException', 'ValidationException'])(
    'takes an exception on the stream for the answer: %s',
    async (type) => {
      await expect(startAt(exception(type))).rejects.toMatchObject({ name: type });
    },
  );

  it('has succeeded, which is an alarm, when the first event is none', async () => {
    const { reply, seen, values } = await startAt(event('ServerSessionInformationEvent'));
    expect(reply.$metadata.requestId).toBe('r-1');
    expect(seen).toMatchObject([
      {
        'x-amz-rekognition-streaming-liveness-session-id': values.uuid,
        path: expect.stringContaining('/start-face-liveness-session'),
      },
    ]);
  });

  it('has no answer when the stream ends without a word', async () => {
    await expect(startAt(Buffer.alloc(0))).rejects.toThrow('the stream ended without an event');
  });
});
