import { request as httpRequest, type Server } from 'node:http';
import dynalite from 'dynalite';
import { z } from 'zod';
import { AwsError, type LocalRequest, type LocalResponse, type LocalService } from '../types.ts';
import { readJson } from '../wire/json-protocol.ts';
import type { World } from '../world.ts';

const target = z.looseObject({ TableName: z.string(), IndexName: z.string().optional() });
const batchTarget = z.looseObject({ RequestItems: z.record(z.string(), z.unknown()) });

/** Operations on one table, or on an index of it. */
const single = new Set(
  'CreateTable DeleteItem DeleteTable DescribeTable DescribeTimeToLive GetItem PutItem Query Scan UpdateItem UpdateTable'.split(
    ' ',
  ),
);
/** Operations on every table that the request names. */
const batches = new Set(['BatchGetItem', 'BatchWriteItem']);

/**
 * Amazon DynamoDB: dynalite on a loopback port of its own, behind the account's permissions. There are no transactions,
 * PartiQL, streams, backups or TTL deletion, and ReturnValuesOnConditionCheckFailure returns nothing.
 */
export class DynamoDb implements LocalService {
  readonly signingNames = ['dynamodb'];
  readonly protocol = 'json';
  readonly #world: World;
  readonly #server: Server;
  readonly #port: number;
  /** Requests that dynalite has not answered. */
  readonly #open = new Set<Promise<unknown>>();
  #stopped = false;

  private constructor(world: World, server: Server, port: number) {
    this.#world = world;
    this.#server = server;
    this.#port = port;
  }

  static async start(world: World): Promise<DynamoDb> {
    const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('dynalite has no port');
    return new DynamoDb(world, server, address.port);
  }

  async handle(request: LocalRequest): Promise<LocalResponse> {
    for (const resource of this.#resources(request))
      request.authorize(`dynamodb:${request.operation}`, resource);
    return await this.#forward(request);
  }

  /**
   * Makes a table as the stack's deployment does. `input`: a CreateTable request.
   *
   * @throws Error with DynamoDB's message when it is refused.
   */
  async createTable(input: object): Promise<void> {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.CreateTable',
      'x-amz-date': '20260101T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=stack/0/0/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    };
    const answer = await this.#forward({ headers, body: Buffer.from(JSON.stringify(input)) });
    if (answer.status !== 200) throw new Error(`DynamoDB refused the table: ${answer.body.toString()}`);
  }

  /** What is under way is answered first: dynalite throws where its store closes under a request. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.allSettled(this.#open);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #resources(request: LocalRequest): string[] {
    if (request.operation === 'ListTables') return ['*'];
    if (batches.has(request.operation)) {
      return Object.keys(readJson(batchTarget, request).RequestItems).map((name) => this.#arn(name));
    }
    if (!single.has(request.operation)) {
      throw new AwsError(
        'UnknownOperationException',
        `the embedded AWS has no dynamodb:${request.operation}`,
      );
    }
    const { TableName, IndexName } = readJson(target, request);
    const table = this.#arn(TableName);
    return [IndexName === undefined ? table : `${table}/index/${IndexName}`];
  }

  #arn(table: string): string {
    if (table.startsWith('arn:'))
      throw new AwsError('ValidationException', 'a table is addressed by its name here');
    const { partition, region, accountId } = this.#world;
    return `arn:${partition}:dynamodb:${region}:${accountId}:table/${table}`;
  }

  async #forward(request: Pick<LocalRequest, 'headers' | 'body'>): Promise<LocalResponse> {
    if (this.#stopped) throw new AwsError('InternalServerError', 'the embedded AWS has ended', 500);
    const answer = this.#send(request);
    this.#open.add(answer);
    try {
      return await answer;
    } finally {
      this.#open.delete(answer);
    }
  }

  #send(request: Pick<LocalRequest, 'headers' | 'body'>): Promise<LocalResponse> {
    const { host: _, connection: __, ...headers } = request.headers;
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.#port, method: 'POST', path: '/', headers };
      const outgoing = httpRequest(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const kept = ['content-type', 'x-amz-crc32'].flatMap((name) => {
            const value = response.headers[name];
            return typeof value === 'string' ? [[name, value] as const] : [];
          });
          resolve({
            status: response.statusCode ?? 500,
            headers: Object.fromEntries(kept),
            body: Buffer.concat(chunks),
          });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(request.body);
    });
  }
}
