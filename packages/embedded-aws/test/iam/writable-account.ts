import type { LocalApiCall } from '../../src/api-call.ts';
import { account, allow, document, start } from '../start.ts';

export const readOnly = 'arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess';

export type WritableAccount = Awaited<ReturnType<typeof startWritable>>;

/** A small account to write to, at the time of a clock, with the API calls that it records. */
export async function startWritable(clock: () => Date) {
  const local = await start({
    account: account({
      users: { ann: {}, gus: { groups: ['team'] } },
      groups: { team: {}, empty: {} },
      roles: {
        worker: { attached: [readOnly] },
        AWSReservedSSO_Reader_1: { path: '/aws-reserved/sso.amazonaws.com/' },
      },
      policies: { limit: document(allow('rekognition:List*')) },
    }),
    clock,
  });
  const calls: LocalApiCall[] = [];
  local.aws.world.onApiCall((call) => calls.push(call));
  return { ...local, calls };
}
