import type { LocalRequest, LocalResponse, LocalService, RequestLine } from '../types.ts';
import type { World } from '../world.ts';
import { addressOf, operationOf } from './address.ts';
import { bucketOperations } from './bucket-operations.ts';
import type { Buckets } from './buckets.ts';
import { notImplemented, type ObjectEvent, type S3Operation } from './call.ts';
import { listOperations } from './lists.ts';
import { objectOperations } from './objects.ts';

const operations: Readonly<Record<string, S3Operation>> = {
  ...bucketOperations,
  ...listOperations,
  ...objectOperations,
};

/**
 * Amazon S3 as the SDK and the CLI speak it: the REST API, with the bucket in the path or in the host name. Objects are
 * kept in memory; there are no multipart uploads, copies, tags and access control lists.
 */
export class S3Service implements LocalService {
  readonly signingNames = ['s3'];
  readonly protocol = 's3';
  readonly #world: World;
  readonly #buckets: Buckets;
  readonly #tell: (event: ObjectEvent) => void;

  /** `tell`: where the events of every bucket go, of which each bucket says whether anybody sees them. */
  constructor(world: World, buckets: Buckets, tell: (event: ObjectEvent) => void) {
    this.#world = world;
    this.#buckets = buckets;
    this.#tell = tell;
  }

  operationOf(request: RequestLine): string {
    return operationOf(request);
  }

  async handle(request: LocalRequest): Promise<LocalResponse> {
    const operation = Object.hasOwn(operations, request.operation)
      ? operations[request.operation]
      : undefined;
    if (operation === undefined) throw notImplemented();
    const { bucket, key, query } = addressOf({ ...request, url: request.path });
    const response = operation({
      world: this.#world,
      buckets: this.#buckets,
      request,
      bucketName: bucket,
      key,
      query,
      tell: this.#tell,
    });
    return { ...response, headers: { 'x-amz-request-id': request.requestId, ...response.headers } };
  }
}
