import { z } from 'zod';
import { requestContext } from '../authorization/authorize.ts';
import { recorded } from '../recorded-call.ts';
import { AwsError, type LocalRequest, type LocalResponse, type LocalService } from '../types.ts';
import { jsonResponse, readJson } from '../wire/json-protocol.ts';
import type { World } from '../world.ts';
import type { Input } from './input.ts';
import { judgedOn, tagContext } from './judged.ts';
import { OPERATIONS, validationMessage } from './model.ts';
import { OPERATION_LOGIC } from './operations.ts';
import { RECORDED_OPERATIONS } from './project-policies.ts';
import { enforce, type Restrictions } from './restrictions.ts';
import { RekognitionState } from './state.ts';

export interface RekognitionOptions extends Restrictions {
  /** CollectionIds that exist from the start, in the world's Region. */
  readonly collections?: readonly string[];
  /** The framework's validation comes before authorization. Which comes first at AWS is not documented. */
  readonly validateFirst?: boolean;
}

/** What StartFaceLivenessSession of the streaming API is on the wire; its parameters travel as headers. */
const STREAMING = 'POST /start-face-liveness-session';
const SESSION_HEADER = 'x-amz-rekognition-streaming-liveness-session-id';

const PEOPLE_PATHING = new Set(['StartPersonTracking', 'GetPersonTracking']);

/**
 * Amazon Rekognition of the embedded AWS: all operations of the API model by JSON 1.1, and of the streaming API what
 * can be answered without a stream. It authorizes by the caller's policies and by what IAM's simulation does not see,
 * holds the input against the API model, and then answers as the service does: collections, users, projects, stream
 * processors and jobs exist once created; no image or video is ever analyzed.
 */
export class Rekognition implements LocalService {
  readonly signingNames = ['rekognition'];
  readonly protocol = 'json';
  /** The switches may be turned while it runs. */
  options: RekognitionOptions;
  readonly #world: World;
  readonly #regions = new Map<string, RekognitionState>();

  constructor(world: World, options: RekognitionOptions = {}) {
    this.#world = world;
    this.options = options;
    for (const id of options.collections ?? []) {
      this.state(world.region).addCollection(id, this.#arn(world.region, `collection/${id}`), world.clock());
    }
  }

  /** What the account has in that Region. */
  state(region: string): RekognitionState {
    let state = this.#regions.get(region);
    if (!state) {
      state = new RekognitionState();
      this.#regions.set(region, state);
    }
    return state;
  }

  async handle(request: LocalRequest): Promise<LocalResponse> {
    if (request.operation === STREAMING) return this.#startLiveness(request);
    const { operation } = request;
    if (!OPERATIONS.has(operation)) {
      throw new AwsError(
        'UnknownOperationException',
        `The embedded AWS knows no operation ${operation} of Rekognition.`,
      );
    }
    const input = readJson(z.record(z.string(), z.unknown()), request);
    if (!RECORDED_OPERATIONS.has(operation))
      return jsonResponse('1.1', this.#perform(operation, input, request));
    return jsonResponse(
      '1.1',
      recorded(this.#world, request, input, () => this.#perform(operation, input, request)),
    );
  }

  #perform(operation: string, input: Input, request: LocalRequest): unknown {
    const steps = [() => this.#authorize(operation, input, request), () => validate(operation, input)];
    if (this.options.validateFirst) steps.reverse();
    for (const step of steps) step();
    const logic = OPERATION_LOGIC[operation];
    if (!logic || PEOPLE_PATHING.has(operation)) {
      throw new AwsError('AccessDeniedException', 'People Pathing is no longer available.');
    }
    const { region, time } = request;
    const state = this.state(region);
    return logic({ input, state, now: time, arn: (resource) => this.#arn(region, resource) });
  }

  #authorize(operation: string, input: Input, request: LocalRequest): void {
    const { region, time: now } = request;
    const { accountId, partition } = this.#world;
    const state = this.state(region);
    for (const { action, resource } of judgedOn(operation, input, { accountId, partition, region, now })) {
      const tags = tagContext(input, state.tags.get(resource));
      request.authorize(action, resource, tags);
      const context = { ...requestContext(this.#world, request.caller, request), ...tags };
      enforce(this.options, this.#world.knownActions, request, { action, resource, context });
    }
  }

  /** An answer other than an HTTP error would be an event stream; nobody here holds a liveness session. */
  #startLiveness(request: LocalRequest): LocalResponse {
    try {
      this.#authorize('StartFaceLivenessSession', {}, request);
    } catch (error) {
      // The streaming API answers a denial with 403, unlike the rest of Rekognition.
      throw error instanceof AwsError && error.code === 'AccessDeniedException'
        ? new AwsError(error.code, error.message, 403)
        : error;
    }
    const id = request.headers[SESSION_HEADER] ?? '';
    if (!this.state(request.region).livenessSessions.has(id)) {
      throw new AwsError('SessionNotFoundException', 'Session not found.');
    }
    throw new AwsError('ServiceUnavailableException', 'The embedded AWS streams no liveness sessions.', 503);
  }

  #arn(region: string, resource: string): string {
    return `arn:${this.#world.partition}:rekognition:${region}:${this.#world.accountId}:${resource}`;
  }
}

function validate(operation: string, input: Input): void {
  const message = validationMessage(operation, input);
  if (message !== undefined) throw new AwsError('ValidationException', message);
}
