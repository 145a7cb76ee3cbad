import { setTimeout as sleepFor } from 'node:timers/promises';
import {
  GenerateServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsCommand,
  type IAMClient,
  type ServiceLastAccessed,
} from '@aws-sdk/client-iam';
import { findAction } from '#lib/catalog/actions.ts';
import { type IamCaller, iamCall, pages } from '#lib/iam/call.ts';

/** When a user or role last used Rekognition, as IAM remembers it: attempts count, also denied ones. Times are ISO 8601. */
export interface LastAccess {
  /** Absent: not in the days that IAM remembers. */
  readonly lastUsed?: string;
  /** The actions that IAM tracks, as they are spelt in the catalogue; an empty time: not in these days. */
  readonly actions: ReadonlyMap<string, string>;
}

interface LastAccessOptions extends IamCaller {
  /** Milliseconds; injectable for tests. */
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

/** Between two questions whether a job has ended. */
const pollMs = 1_000;
/** After which a job is given up: IAM takes seconds. */
const polls = 120;

/**
 * Asks IAM when somebody last used Rekognition: a job, and its pages.
 *
 * @throws AccessError when the caller may not; Error for a job that fails or does not end.
 */
export async function lastAccessOf(
  client: IAMClient,
  arn: string,
  options: LastAccessOptions,
): Promise<LastAccess> {
  const begun = await iamCall(options, 'iam:GenerateServiceLastAccessedDetails', (call) =>
    client.send(
      new GenerateServiceLastAccessedDetailsCommand({ Arn: arn, Granularity: 'ACTION_LEVEL' }),
      call,
    ),
  );
  if (begun.JobId === undefined) throw new Error(`IAM names no job for the last access of ${arn}`);
  for await (const { ServicesLastAccessed = [] } of pages(pagesOf(client, begun.JobId, options))) {
    const service = ServicesLastAccessed.find(({ ServiceNamespace }) => ServiceNamespace === 'rekognition');
    if (service !== undefined) return accessOfService(service);
  }
  return { actions: new Map() };
}

/** Reads a page of the job's answer, once there is one. */
function pagesOf(client: IAMClient, job: string, { sleep = sleepFor, ...caller }: LastAccessOptions) {
  return async (page: { MaxItems: number; Marker?: string }) => {
    for (let poll = 0; poll < polls; poll++) {
      const answer = await iamCall(caller, 'iam:GetServiceLastAccessedDetails', (call) =>
        client.send(new GetServiceLastAccessedDetailsCommand({ JobId: job, ...page }), call),
      );
      if (answer.JobStatus === 'COMPLETED') return answer;
      if (answer.JobStatus === 'FAILED') {
        throw new Error(`IAM could not tell the last access: ${answer.Error?.Message ?? 'no reason given'}`);
      }
      await sleep(pollMs);
    }
    throw new Error("IAM's job about the last access did not end");
  };
}

function accessOfService({ LastAuthenticated, TrackedActionsLastAccessed }: ServiceLastAccessed): LastAccess {
  const tracked = (TrackedActionsLastAccessed ?? []).flatMap(({ ActionName, LastAccessedTime }) => {
    const action = ActionName === undefined ? undefined : findAction(ActionName);
    return action === undefined ? [] : [[action.action, LastAccessedTime?.toISOString() ?? ''] as const];
  });
  return {
    ...(LastAuthenticated && { lastUsed: LastAuthenticated.toISOString() }),
    actions: new Map(tracked),
  };
}
