import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AwsError, type LocalRequest } from '../types.ts';

/** The bytes of an object as a request carries them, and the headers that came after them. */
export interface ReceivedBody {
  readonly body: Buffer;
  readonly trailers: Readonly<Record<string, string>>;
}

/**
 * Takes the body out of its chunks where the client sent it in chunks, and holds it against what the client says of it.
 * Signatures of single chunks are not checked.
 *
 * @throws AwsError XAmzContentSHA256Mismatch, BadDigest, IncompleteBody.
 */
export function receiveBody(request: LocalRequest): ReceivedBody {
  const { headers } = request;
  const said = headers['x-amz-content-sha256'] ?? '';
  const received = said.startsWith('STREAMING-')
    ? dechunked(request.body)
    : { body: request.body, trailers: {} };
  const { body } = received;
  if (/^[0-9a-f]{64}$/.test(said) && said !== createHash('sha256').update(body).digest('hex')) {
    throw new AwsError(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  const digest = headers['content-md5'];
  if (digest !== undefined && digest !== hashed('md5', body)) throw badDigest('Content-MD5');
  for (const [name, value] of Object.entries({ ...headers, ...received.trailers })) {
    const computed = checksums[name]?.(body);
    if (computed !== undefined && computed !== value) throw badDigest(name);
  }
  return received;
}

/** The checksums that are verified; of the others (CRC32C, CRC64NVME) the text is kept. */
const checksums: Readonly<Record<string, (body: Buffer) => string>> = {
  'x-amz-checksum-crc32': (body) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(body));
    return bytes.toString('base64');
  },
  'x-amz-checksum-sha1': (body) => hashed('sha1', body),
  'x-amz-checksum-sha256': (body) => hashed('sha256', body),
};

/** The headers of a checksum: `x-amz-checksum-crc32`. */
export const isChecksum = (name: string): boolean =>
  /^x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)$/.test(name);

export const hashed = (algorithm: 'md5' | 'sha1' | 'sha256', body: Buffer): string =>
  createHash(algorithm).update(body).digest('base64');

const badDigest = (name: string): AwsError =>
  new AwsError('BadDigest', `The ${name} you specified did not match the calculated checksum.`);

/** `5;chunk-signature=…\r\nhello\r\n0\r\nx-amz-checksum-crc32:…\r\n\r\n` */
function dechunked(sent: Buffer): ReceivedBody {
  const parts: Buffer[] = [];
  let at = 0;
  while (true) {
    const end = sent.indexOf('\r\n', at);
    const size = Number.parseInt(sent.toString('latin1', at, end), 16);
    if (end < 0 || Number.isNaN(size) || end + 2 + size > sent.length) {
      throw new AwsError('IncompleteBody', 'The request body terminated unexpectedly.');
    }
    if (size === 0) {
      const lines = sent.toString('latin1', end + 2).split('\r\n');
      const trailers = lines.map((line) => line.split(/:(.*)/s)).filter(([name]) => name !== '');
      return {
        body: Buffer.concat(parts),
        trailers: Object.fromEntries(
          trailers.map(([name = '', value = '']) => [name.toLowerCase(), value.trim()]),
        ),
      };
    }
    parts.push(sent.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
