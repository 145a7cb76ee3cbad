import * as z from 'zod/mini';
import { InputError } from '#lib/errors.ts';
import { changedLines } from '#lib/expectation/changed-lines.ts';
import {
  type Adopted,
  type AdoptedFile,
  canKeep,
  readAdopted,
  writeAdopted,
} from '#lib/outbox/adopted-expectations.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import {
  type ExpectationsNotice,
  expectationsMail,
  type ObjectAuthor,
  shortNotice,
} from '#lib/report/expectations-mail.ts';
import { versionOf } from './object-version.ts';
import type { Outlet } from './outlet.ts';
import { publishEmail } from './publish.ts';
import { assertHeard, NobodySubscribedError } from './subscribers.ts';

/** The newest version of the object of expectations. */
export interface ExpectationsObject {
  readonly version: string;
  /** Absent where it is too long to be read. */
  readonly text?: string;
}

/** What S3's event says of a change of that object. */
export interface ObjectNotice {
  /** Of the version written, or of the delete marker. */
  readonly version?: string | undefined;
  readonly deleted: boolean;
  /** One version, or a delete marker, was removed for good: what was there before it is the newest again, without an event. */
  readonly uncovers: boolean;
  readonly author: ObjectAuthor;
}

export interface AdoptionSteps {
  readonly bucket: string;
  readonly read: () => Promise<ExpectationsObject | undefined>;
  /** The text of the file that was deployed with the function. */
  readonly deployed: () => string;
  readonly table: RecordTable;
  readonly outlet: Omit<Outlet, 'lists'>;
  readonly region: string;
  readonly now: () => Date;
}

/** What a look at the object came to. */
export interface Adoption {
  readonly outcome: ExpectationsNotice['kind'] | 'unchanged';
  /** Whether what the event is about holds, so that everybody is to be checked against it. */
  readonly holds: boolean;
  /** Nobody has received what is to be told; the next look tells it. */
  readonly unheard: boolean;
  /** Why it could not be looked at, or told; the next look does it. */
  readonly error?: unknown;
}

const s3Event = z.object({
  source: z.literal('aws.s3'),
  'detail-type': z.enum(['Object Created', 'Object Deleted']),
  time: z.string(),
  detail: z.object({
    object: z.object({ 'version-id': z.optional(z.string()), etag: z.optional(z.string()) }),
    requester: z.string(),
    'request-id': z.string(),
    'deletion-type': z.optional(z.string()),
    'source-ip-address': z._default(z.string(), 'an address that the event does not say'),
  }),
});

/** What an event is about, if it is one of S3's. Source: Amazon S3 User Guide, "EventBridge event message structure". */
export function readObjectNotice(event: unknown): ObjectNotice | undefined {
  const parsed = z.safeParse(s3Event, event);
  if (!parsed.success) return undefined;
  const { time, detail, 'detail-type': type } = parsed.data;
  return {
    version: versionOf(detail.object['version-id'], detail.object.etag),
    deleted: type === 'Object Deleted',
    uncovers: detail['deletion-type'] === 'Permanently Deleted',
    author: {
      account: detail.requester,
      sourceIp: detail['source-ip-address'],
      requestId: detail['request-id'],
      at: time,
    },
  };
}

/**
 * Looks at the object of expectations. A version that was not seen before holds from now on if it has no errors; else what
 * held before does. Either way the team is told, once, and again by the next look where nobody has received it. Never throws:
 * what cannot be looked at, or told, is the error of the answer.
 */
export async function adoptExpectations(steps: AdoptionSteps, notice?: ObjectNotice): Promise<Adoption> {
  try {
    return await adopt(steps, notice);
  } catch (error) {
    return { outcome: 'unchanged', holds: false, unheard: false, error };
  }
}

async function adopt(steps: AdoptionSteps, notice?: ObjectNotice): Promise<Adoption> {
  const before = await readAdopted(steps.table);
  const object = await steps.read();
  const isPast = notice !== undefined && hasBeenReplaced(notice, object, before);
  if (isPast || object?.version === before.seen) {
    return {
      outcome: 'unchanged',
      holds: !isPast && object?.version === before.file?.version,
      ...(await tell(before, steps)),
    };
  }
  const { next, told } = await judge(object, before, steps);
  const restored = notice?.uncovers === true && object !== undefined;
  const full = { ...told, ...(notice && { author: notice.author }), ...(restored && { restored }) };
  const untold = [...before.untold, shortNotice(full)];
  if (!(await writeAdopted(steps.table, { ...next, untold }))) return adopt(steps, notice);
  const written = { ...next, untold, revision: next.revision + 1 };
  return { outcome: told.kind, holds: told.kind !== 'refused', ...(await tell(written, steps)) };
}

/**
 * Whether something else is there than what an event is about, which then has no effect: what has replaced it has an event of
 * its own. An older version that is the newest again has none; it is there for the event that removed what was seen last.
 */
function hasBeenReplaced(
  notice: ObjectNotice,
  object: ExpectationsObject | undefined,
  { seen }: Adopted,
): boolean {
  if (object === undefined) return !notice.deleted;
  if (!notice.deleted) return notice.version !== object.version;
  if (!notice.uncovers) return true;
  return seen !== undefined && seen !== object.version && seen !== notice.version;
}

/** What is to hold, and what the team is to hear of it. */
async function judge(
  object: ExpectationsObject | undefined,
  { revision, file }: Adopted,
  { deployed, now }: AdoptionSteps,
): Promise<{ next: Omit<Adopted, 'untold'>; told: ExpectationsNotice }> {
  const at = now().toISOString();
  const old = file?.text ?? deployed();
  if (object === undefined) {
    const told = { kind: 'withdrawn', at, problems: [], lines: changedLines(old, deployed()) } as const;
    return { next: { revision }, told };
  }
  const { version, text = '' } = object;
  const { adopted, warnings, errors } =
    object.text === undefined
      ? { errors: [tooLong], warnings: [], adopted: undefined }
      : await readFile(version, text);
  const told: ExpectationsNotice = {
    kind: adopted === undefined ? 'refused' : 'adopted',
    at,
    version,
    problems: adopted === undefined ? errors : warnings,
    lines: object.text === undefined ? [] : changedLines(old, text),
  };
  return { next: { revision, seen: version, file: adopted ?? file }, told };
}

const tooLong = 'expectations.yaml: the file is too long to be kept';

/** Reads a file as the build does. The YAML parser stays outside of what every start loads. */
async function readFile(
  version: string,
  text: string,
): Promise<{ adopted?: AdoptedFile | undefined; warnings: readonly string[]; errors: readonly string[] }> {
  const { deployableExpectations } = await import('#lib/expectation/deployable.ts');
  try {
    const { files, warnings } = deployableExpectations(text, 'expectations.yaml');
    const adopted = { version, text, deployed: files['expectations.json'] };
    return (await canKeep(adopted)) ? { adopted, warnings, errors: [] } : { warnings, errors: [tooLong] };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { warnings: [], errors: error.message.split('\n') };
  }
}

/** Tells what was not told yet. */
async function tell(
  state: Adopted,
  { bucket, table, outlet, region, now }: AdoptionSteps,
): Promise<Pick<Adoption, 'unheard' | 'error'>> {
  if (state.untold.length === 0) return { unheard: false };
  const context = { accountId: table.accountId, region, at: now().toISOString() };
  const holds = state.file === undefined ? 'The file that was deployed' : `Version ${state.file.version}`;
  try {
    for (const notice of state.untold) {
      const message = expectationsMail(notice, { bucket, holds }, context);
      await assertHeard(outlet, message);
      await publishEmail({ ...outlet, message });
    }
    // Where somebody has written meanwhile, the notices are told twice rather than never.
    await writeAdopted(table, { ...state, untold: [] });
    return { unheard: false };
  } catch (error) {
    return error instanceof NobodySubscribedError ? { unheard: true } : { unheard: false, error };
  }
}
