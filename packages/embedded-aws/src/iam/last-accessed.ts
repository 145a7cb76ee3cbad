import { randomUUID } from 'node:crypto';
import { AwsError } from '../types.ts';
import type { XmlValue } from '../wire/query-protocol.ts';
import type { CallRecord, World } from '../world.ts';
import { type IamOperation, noSuchEntity, type OperationInput } from './operation.ts';

interface Job {
  readonly created: Date;
  readonly type: string;
  readonly services: readonly XmlValue[];
}

/** The jobs of each world: AWS keeps them for a day. */
const jobs = new WeakMap<World, Map<string, Job>>();

/**
 * IAM's report of when an entity last attempted to use a service: a job that is begun, then asked for. It is made of the
 * calls that the embedded AWS has answered, at once (IAM may take four hours), and does not go into single actions.
 */
export const lastAccessedOperations: Readonly<Record<string, IamOperation>> = {
  GenerateServiceLastAccessedDetails: (input) => {
    const { world, params } = input;
    const arn = params.require('Arn');
    input.authorize(arn);
    const isSessionOf = sessionsOf(input, arn);
    const type = params.get('Granularity') ?? 'SERVICE_LEVEL';
    if (type !== 'SERVICE_LEVEL' && type !== 'ACTION_LEVEL') {
      throw new AwsError('ValidationError', `Granularity ${type} is not valid.`, 400);
    }
    const latest = new Map<string, CallRecord>();
    for (const call of world.calls()) if (isSessionOf(call.caller)) latest.set(call.service, call);
    const services = [...new Set([...world.knownActions.services(), ...latest.keys()])].sort();
    const job = {
      created: world.clock(),
      type,
      services: services.map((service) => serviceShape(service, latest.get(service), arn, world.region)),
    };
    const id = randomUUID();
    jobs.set(world, (jobs.get(world) ?? new Map<string, Job>()).set(id, job));
    return { answer: { JobId: id } };
  },
  GetServiceLastAccessedDetails: (input) => {
    input.authorize('*');
    const id = input.params.require('JobId');
    const job = jobs.get(input.world)?.get(id);
    if (job === undefined) throw noSuchEntity(`The job ${id} cannot be found.`);
    return {
      answer: {
        JobStatus: 'COMPLETED',
        JobType: job.type,
        JobCreationDate: job.created,
        JobCompletionDate: job.created,
        ServicesLastAccessed: job.services,
        IsTruncated: false,
      },
    };
  },
};

/** Whether a caller, as GetCallerIdentity prints it, is the user or a session of the role. */
function sessionsOf({ state, world }: OperationInput, arn: string): (caller: string) => boolean {
  const role = [...state.roles.values()].find((one) => one.arn === arn);
  if (role !== undefined) {
    const sessions = `arn:${world.partition}:sts::${world.accountId}:assumed-role/${role.name}/`;
    return (caller) => caller.startsWith(sessions);
  }
  if (![...state.users.values()].some((one) => one.arn === arn)) {
    throw noSuchEntity(`The entity ${arn} cannot be found.`);
  }
  return (caller) => caller === arn;
}

const serviceShape = (service: string, call: CallRecord | undefined, arn: string, region: string) => ({
  ServiceName: service,
  ServiceNamespace: service,
  TotalAuthenticatedEntities: call === undefined ? 0 : 1,
  ...(call && {
    LastAuthenticated: call.time,
    LastAuthenticatedEntity: arn,
    LastAuthenticatedRegion: region,
  }),
});
