import * as z from 'zod/mini';
import { severities } from '#lib/catalog/severity.ts';
import { changeSchema } from '#lib/change/schema.ts';
import { wayKinds } from '#lib/reach/way-in.ts';
import { findingKinds } from '#lib/words/kinds.ts';
import type { AccessEntry } from './access-history.ts';
import type { PrincipalRecord } from './types.ts';

/**
 * What is stored, checked when it is read back: an older version of this software may have written it. Findings are
 * kept whole; of them only what decides about alerts is checked.
 */
const severity = z.enum(severities);

const finding = z.looseObject({
  id: z.string(),
  kind: z.enum(findingKinds),
  severity,
  subject: z.string(),
  actions: z.array(z.looseObject({ action: z.string(), severity, evidence: z.array(z.looseObject({})) })),
  scope: z.optional(z.string()),
  when: z.optional(z.string()),
  by: z.array(z.looseObject({})),
  summary: z.string(),
  remedies: z.array(z.string()),
});

const alert = z.looseObject({
  kind: z.enum(['new', 'worse', 'resolved', 'reminder']),
  finding,
  firstSeen: z.string(),
});

const policy = z.looseObject({ name: z.string(), type: z.string(), text: z.string() });

/** What can be compiled again. */
const access = z.object({
  policies: z.array(policy),
  boundary: z.optional(policy),
  facts: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  organizationDenies: z.optional(z.array(z.string())),
  silent: z.optional(z.record(z.string(), z.string())),
});

const record = z.object({
  subject: z.string(),
  arn: z.string(),
  readAt: z.string(),
  status: z.enum(['as-expected', 'findings', 'inconclusive', 'not-judged', 'not-checkable', 'deleted']),
  fingerprint: z.string(),
  known: z.array(
    z.object({ finding, firstSeen: z.string(), lastSeen: z.string(), unconfirmed: z.optional(z.boolean()) }),
  ),
  /** What was announced. */
  told: z.array(z.object({ finding, firstSeen: z.string(), at: z.string() })),
  changes: z.array(changeSchema),
  changesTold: z.optional(z.array(z.string())),
  access: z.optional(access),
  past: z.optional(access),
  changed: z.optional(z.object({ gained: z.array(finding), lost: z.array(finding) })),
  covering: z.optional(
    z.object({
      label: z.string(),
      rule: z.optional(z.string()),
      statements: z.optional(z.string()),
      file: z.optional(z.string()),
      builtIn: z.optional(z.boolean()),
    }),
  ),
  moved: z.optional(z.enum(['principal', 'expectations'])),
  renamedFrom: z.optional(z.string()),
  renamedTo: z.optional(z.string()),
  attributes: z.optional(z.string()),
  accessSince: z.optional(z.string()),
  unread: z.optional(z.boolean()),
  outside: z.optional(
    z.array(
      z.object({
        kind: z.enum(wayKinds),
        who: z.string(),
        claims: z.array(z.string()),
        through: z.array(z.string()),
        idle: z.optional(z.boolean()),
      }),
    ),
  ),
  trust: z.optional(z.string()),
  pastTrust: z.optional(z.string()),
  opened: z.optional(z.array(finding)),
  recent: z.optional(z.array(changeSchema)),
  looks: z.optional(z.array(z.object({ at: z.string(), access, trust: z.optional(z.string()) }))),
  openingsSeen: z.optional(z.array(z.string())),
  editsSeen: z.optional(z.array(z.string())),
  claim: z.optional(
    z.object({
      by: z.string(),
      until: z.string(),
      telling: z.optional(
        z.object({ alerts: z.array(alert), changes: z.array(z.string()), readAt: z.string() }),
      ),
    }),
  ),
});

const accessEntry = z.object({
  subject: z.string(),
  arn: z.string(),
  since: z.string(),
  after: z.optional(z.string()),
  until: z.optional(z.string()),
  kind: z.enum(['known', 'unknown', 'ended', 'open']),
  access: z.optional(access),
  changes: z.array(changeSchema),
});

const isAccessEntry = (value: unknown): value is AccessEntry => z.safeParse(accessEntry, value).success;

/** Reads a line of the log of access. @throws {Error} when it is none. */
export function parseAccessEntry(text: string): AccessEntry {
  const value: unknown = JSON.parse(text);
  if (!isAccessEntry(value))
    throw new Error('a line of the log of access has a shape that this version does not know');
  return value;
}

type StoredRecord = Omit<PrincipalRecord, 'announced'> & { readonly told: PrincipalRecord['announced'] };

const isRecord = (value: unknown): value is StoredRecord => z.safeParse(record, value).success;

/** A record as it is stored. */
export function serializeRecord({ announced, ...record }: PrincipalRecord): string {
  const stored: StoredRecord = { ...record, told: announced };
  return JSON.stringify(stored);
}

/** Reads a stored record. @throws {Error} when it is not one: the item is then better deleted than guessed at. */
export function parseRecord(text: string): PrincipalRecord {
  const value: unknown = JSON.parse(text);
  if (!isRecord(value))
    throw new Error('a record of the history table has a shape that this version does not know');
  const { told, ...rest } = value;
  return { ...rest, announced: told };
}
