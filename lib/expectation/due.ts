import type { SourceLocation } from './types.ts';

/** A rule or a suppression that somebody wanted to come back to. Days are written 2026-12-31. */
export interface Dated {
  readonly kind: 'rule' | 'suppression';
  /** `role/analyst*` */
  readonly whom: string;
  readonly owner?: string | undefined;
  readonly reason?: string | undefined;
  readonly reviewed?: string | undefined;
  /** Last day on which it holds. */
  readonly until?: string | undefined;
  readonly location: SourceLocation;
}

/** What is to be looked at, and by when. */
export interface Due extends Dated {
  readonly day: string;
  readonly why: string;
}

export interface DueOptions {
  /** `2026-11-24`, UTC. */
  readonly today: string;
  /** Days from today that are looked ahead. */
  readonly within: number;
  /** Days for which a review is good. */
  readonly every: number;
}

/** What is due within some days, or overdue, the earliest first. */
export function dueOf(all: readonly Dated[], { today, within, every }: DueOptions): readonly Due[] {
  const last = later(today, within);
  return all
    .map((one) => dueDayOf(one, today, every))
    .filter(({ day }) => day <= last)
    .sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.location.line - b.location.line));
}

function dueDayOf(one: Dated, today: string, every: number): Due {
  const review = one.reviewed === undefined ? undefined : later(one.reviewed, every);
  if (one.until !== undefined && (review === undefined || one.until <= review)) {
    return { ...one, day: one.until, why: one.until < today ? 'it has ended' : 'it ends' };
  }
  return { ...one, day: review ?? '', why: `last reviewed on ${one.reviewed}` };
}

function later(day: string, days: number): string {
  const time = new Date(`${day}T00:00:00Z`);
  time.setUTCDate(time.getUTCDate() + days);
  return time.toISOString().slice(0, 10);
}
