import type { Change } from '#lib/change/types.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Alert } from './alert.ts';

/** A message attribute of SNS: what subscriptions can filter by. */
export type MailAttribute =
  | { readonly type: 'String'; readonly value: string }
  | { readonly type: 'Number'; readonly value: number }
  | { readonly type: 'String.Array'; readonly value: readonly string[] };

/** One message to the team, in every form that a topic can deliver. */
export interface Mail {
  /** ASCII, one line, fewer than 100 characters. */
  readonly subject: string;
  /** Plain text for people; lines of at most 78 characters where they can be broken. */
  readonly text: string;
  /** The same as JSON, for queues, functions and webhooks. */
  readonly json: string;
  /** At most ten. */
  readonly attributes: Readonly<Record<string, MailAttribute>>;
  /** What the message has no room for, in full: everybody and everything, worst first. Absent where it shows all of it. */
  readonly fullList?: string;
}

/** Where and when, and where to read on. */
export interface MailContext {
  readonly accountId: string;
  readonly region: string;
  /** ISO 8601. */
  readonly at: string;
  /** Where the page of the whole report is: a link. */
  readonly page?: string | undefined;
  /** Where the full list is: a link. */
  readonly fullReport?: string;
}

/** What is to be reported of a finding. `open`: it is so, in a report that nobody compared with an earlier one. */
export type MailState = Alert['kind'] | 'open';

/** One disagreement of one or many principals that is told once. */
export interface MailItem {
  readonly state: MailState;
  /** That of the first principal; the others' differ in their names only. */
  readonly finding: Finding;
  readonly subjects: readonly string[];
  /** ISO 8601; for resolved ones and reminders. */
  readonly firstSeen?: string;
  /** For `worse`: the actions that are new. */
  readonly added?: readonly string[];
  /** For `resolved`: the principal does not exist any more. */
  readonly deleted?: boolean;
  /** For `resolved`: nobody looks any more, so the access may well be there. */
  readonly notJudged?: boolean;
  /** For `resolved`: the access is there, and another rule covers it: which, and why. */
  readonly covered?: string;
  /** For `new`: the access is older than the finding. For `new` and `resolved`: it is so because the team edited the expectations. */
  readonly since?: 'before' | 'expectations';
}

/** What a message is made of, before it is written and cut to size. */
export interface MailContent {
  readonly subject: string;
  /** What happened, in one or two sentences. */
  readonly lead: readonly string[];
  readonly changes: readonly Change[];
  readonly items: readonly MailItem[];
  /** Sections after the findings: who could not be judged, counts. */
  readonly after: readonly (readonly string[])[];
  /** Whether the caller has left something out of the parts above; the full list has it. */
  readonly shortened?: boolean;
  /** The sections in full, where those above are shortened. */
  readonly fullSections?: readonly (readonly string[])[];
  /** Further members of the JSON form. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, MailAttribute>>;
}
