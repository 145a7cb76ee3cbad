import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { authorizeCall, requestContext } from '../authorization/authorize.ts';
import type { Disturbance } from '../faults.ts';
import { AwsError, type Caller, type LocalRequest, type LocalResponse, type LocalService } from '../types.ts';
import type { World } from '../world.ts';
import { queryError } from './query-protocol.ts';
import { s3Error } from './s3-protocol.ts';
import { type Authorization, parseAuthorization, signatureMatches } from './signature.ts';
import { signatureRefusals } from './signature-refusals.ts';

/** No request of a service here comes near, but for an object of S3, whose largest would be 5 GiB. */
const maxBodyBytes = 64 * 1024 * 1024;

type Protocol = LocalService['protocol'];

/** A request as it came over the wire. */
interface RawRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Listens on the loopback interface and answers as AWS would: reads who signed, checks the signature, applies the
 * fault switches, and hands the request to the service of the signing name.
 *
 * @returns the server and its port.
 */
export async function listen(
  world: World,
  services: readonly LocalService[],
  port: number,
): Promise<{ server: Server; port: number }> {
  const byName = new Map(services.flatMap((service) => service.signingNames.map((name) => [name, service])));
  const server = createServer((incoming, outgoing) => {
    answer(world, byName, incoming, outgoing).catch((error: unknown) => {
      outgoing.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { server, port: address.port };
}

async function answer(
  world: World,
  services: ReadonlyMap<string, LocalService>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  const raw: RawRequest = {
    method: incoming.method ?? 'GET',
    url: incoming.url ?? '/',
    headers: headersOf(incoming),
    body: await readBody(incoming),
  };
  const authorization = parseAuthorization(raw.headers.authorization);
  const service = authorization && services.get(authorization.service);
  const call: Call = {
    requestId,
    raw,
    authorization,
    service,
    protocol: service?.protocol ?? guessProtocol(raw),
    operation: service?.operationOf?.(raw) ?? operationOf(raw),
    signingName: authorization?.service ?? '-',
  };
  const done = await perform(world, call);
  if (done.response === undefined) return keepSilent(done.silence, world, sessionOf(done.caller), incoming);
  const { response, caller, failure } = done;
  world.logCall({
    time: world.clock(),
    service: call.signingName,
    operation: call.operation,
    caller: caller?.arn ?? '-',
    allowed: caller !== undefined && !isDenial(failure),
    status: response.status,
    ...(failure && { errorCode: failure.code, errorMessage: failure.message }),
  });
  if (done.answer === 'killed-after') world.faults.crash(sessionOf(caller));
  else send(response, done.answer, requestId, outgoing);
}

type Silence = Exclude<NonNullable<Disturbance['instead']>, AwsError>;

function keepSilent(silence: Silence, world: World, session: string, incoming: IncomingMessage): void {
  if (silence === 'disconnect') incoming.socket.destroy();
  if (silence === 'killed') world.faults.crash(session);
}

/** `assumed-role/OnIamChangeRole/local-OnIamChange…` → the last part, by which Lambda names the function's session. */
const sessionOf = (caller: Caller | undefined): string => caller?.arn.split('/').at(-1) ?? '';

/** A request, and what it turns out to be for. */
interface Call {
  readonly requestId: string;
  readonly raw: RawRequest;
  readonly authorization: Authorization | undefined;
  readonly service: LocalService | undefined;
  readonly protocol: Protocol;
  readonly operation: string;
  readonly signingName: string;
}

/** How a call went: an answer, or the silence of a fault switch. */
type Outcome = {
  readonly caller?: Caller;
  readonly failure?: AwsError;
  readonly answer?: Disturbance['answer'];
} & (
  | { readonly response: LocalResponse; readonly silence?: never }
  | { readonly response?: never; readonly silence: Silence }
);

async function perform(world: World, call: Call): Promise<Outcome> {
  const { raw, authorization, service, protocol, operation, requestId, signingName } = call;
  let caller: Caller | undefined;
  let answer: Disturbance['answer'];
  try {
    caller = authenticate(world, raw, authorization, protocol);
    const disturbance = world.faults.strike(signingName, operation, protocol);
    answer = disturbance.answer;
    if (disturbance.milliseconds > 0) await sleep(disturbance.milliseconds);
    const { instead } = disturbance;
    if (instead instanceof AwsError) throw instead;
    if (instead !== undefined) return { silence: instead, caller };
    if (!service || !authorization) {
      throw new AwsError('InvalidAction', `the embedded AWS has no service "${signingName}"`, 400);
    }
    const request = serviceRequest(world, raw, authorization, { caller, operation, requestId });
    return { response: await service.handle(request), caller, answer };
  } catch (error) {
    const failure = error instanceof AwsError ? error : internalFailure(error);
    const refused = errorResponse(failure, protocol, raw, requestId);
    const headers = { ...refused.headers, ...service?.errorHeaders?.(failure) };
    return { response: { ...refused, headers }, failure, answer, ...(caller && { caller }) };
  }
}

function send(
  { status, headers, body }: LocalResponse,
  answer: Exclude<Disturbance['answer'], 'killed-after'>,
  requestId: string,
  outgoing: ServerResponse,
): void {
  if (answer === 'lost') {
    outgoing.destroy();
    return;
  }
  const whole = Buffer.from(body ?? '');
  const half = whole.subarray(0, Math.floor(whole.length / 2));
  if (answer === 'truncated') {
    outgoing.writeHead(status, { 'x-amzn-requestid': requestId, ...headers });
    outgoing.end(half);
  } else if (answer === 'half') {
    outgoing.writeHead(status, { 'x-amzn-requestid': requestId, ...headers, 'content-length': whole.length });
    outgoing.write(half, () => outgoing.destroy());
  } else {
    outgoing.writeHead(status, { 'x-amzn-requestid': requestId, ...headers });
    outgoing.end(body);
  }
}

function serviceRequest(
  world: World,
  raw: RawRequest,
  authorization: Authorization,
  known: { caller: Caller; operation: string; requestId: string },
): LocalRequest {
  const { caller } = known;
  const userAgent = raw.headers['user-agent'] ?? '';
  const context = requestContext(world, caller, { region: authorization.region, userAgent });
  return {
    ...known,
    service: authorization.service,
    region: authorization.region,
    accessKeyId: authorization.accessKeyId,
    method: raw.method,
    path: raw.url,
    headers: raw.headers,
    body: raw.body,
    time: world.clock(),
    sourceIp: world.sourceIp,
    userAgent,
    authorize: (action, resource, extra = {}) =>
      authorizeCall(world, caller, action, resource, { ...context, ...extra }),
  };
}

/** @throws AwsError as AWS refuses unsigned requests, unknown or expired keys, and wrong signatures. */
function authenticate(
  world: World,
  raw: RawRequest,
  authorization: Authorization | undefined,
  protocol: Protocol,
): Caller {
  const refusals = signatureRefusals[protocol];
  if (!authorization) {
    throw raw.headers.authorization === undefined ? refusals.missing : refusals.incomplete;
  }
  const key = world.key(authorization.accessKeyId);
  const caller = key && world.caller(key);
  const token = raw.headers['x-amz-security-token'];
  if (!key || !caller || token !== key.sessionToken) throw refusals.unknownKey;
  if (!signatureMatches(raw, authorization, key.secretAccessKey)) throw refusals.wrongSignature;
  const { holder } = key;
  const session = holder.kind === 'role' || holder.kind === 'federated' ? holder.session : undefined;
  if (session !== undefined && session.expiresAt <= world.clock()) throw refusals.expired;
  return caller;
}

/** Codes by which services refuse for want of permission or of valid credentials. */
const isDenial = (error: AwsError | undefined): boolean =>
  error !== undefined && /^(AccessDenied|AuthorizationError|KMSAccessDenied)/.test(error.code);

function internalFailure(error: unknown): AwsError {
  const message = error instanceof Error ? error.message : String(error);
  return new AwsError('InternalFailure', `the embedded AWS failed: ${message}`, 500);
}

function errorResponse(
  error: AwsError,
  protocol: Protocol,
  raw: RawRequest,
  requestId: string,
): LocalResponse {
  if (protocol === 'query') return queryError(error, requestId);
  return protocol === 's3' ? s3Error(error, raw.url, requestId) : jsonError(error, raw, requestId);
}

function jsonError(error: AwsError, raw: RawRequest, requestId: string): LocalResponse {
  return {
    status: error.status,
    headers: {
      'content-type': raw.headers['content-type'] ?? 'application/x-amz-json-1.1',
      'x-amzn-errortype': error.code,
      'x-amzn-requestid': requestId,
    },
    body: JSON.stringify({ __type: error.code, message: error.message }),
  };
}

const guessProtocol = (raw: RawRequest): Protocol =>
  raw.headers['x-amz-target'] !== undefined || (raw.headers['content-type'] ?? '').includes('json')
    ? 'json'
    : 'query';

function operationOf(raw: RawRequest): string {
  const target = raw.headers['x-amz-target'];
  if (target !== undefined) return target.slice(target.lastIndexOf('.') + 1);
  const query = raw.url.includes('?') ? raw.url.slice(raw.url.indexOf('?') + 1) : '';
  const form = raw.body.length > 0 ? raw.body.toString('utf8') : query;
  return new URLSearchParams(form).get('Action') ?? `${raw.method} ${raw.url.split('?')[0]}`;
}

function headersOf(incoming: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return headers;
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
    size += bytes.length;
    if (size > maxBodyBytes) throw new Error('the request is larger than the embedded AWS accepts');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
