import { AwsError, type LocalRequest, type LocalResponse, type LocalService } from '../types.ts';
import { jsonResponse } from '../wire/json-protocol.ts';
import type { World } from '../world.ts';
import type { CloudTrail } from './trail.ts';

/** CloudTrail's own API, as far as it says whether there is a trail: DescribeTrails. */
export class CloudTrailService implements LocalService {
  readonly signingNames = ['cloudtrail'];
  readonly protocol = 'json';
  readonly #world: World;
  readonly #cloudTrail: CloudTrail;

  constructor(world: World, cloudTrail: CloudTrail) {
    this.#world = world;
    this.#cloudTrail = cloudTrail;
  }

  async handle(request: LocalRequest): Promise<LocalResponse> {
    if (request.operation !== 'DescribeTrails') {
      throw new AwsError(
        'UnknownOperationException',
        `${request.operation} is not an operation of the embedded CloudTrail`,
      );
    }
    request.authorize('cloudtrail:DescribeTrails', '*');
    const { accountId, partition, region } = this.#world;
    const trail = {
      Name: 'management-events',
      TrailARN: `arn:${partition}:cloudtrail:${region}:${accountId}:trail/management-events`,
      HomeRegion: region,
      IsMultiRegionTrail: true,
      IncludeGlobalServiceEvents: true,
    };
    return jsonResponse('1.1', { trailList: this.#cloudTrail.switches.logging ? [trail] : [] });
  }
}
