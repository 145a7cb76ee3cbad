/**
 * Who may announce what, so that of many who try at once one does: the states and transitions of docs/alerts.md, and the
 * only place that says which of them there are.
 */
export const claimStates = {
  batch: {
    free: { claim: 'claimed' },
    claimed: { release: 'free', 'leave word': 'more', fail: 'free' },
    more: { 'leave word': 'more', 'announce again': 'claimed', fail: 'free' },
  },
  principal: {
    free: { claim: 'claimed' },
    claimed: { publish: 'published', fail: 'free' },
    published: { mark: 'free' },
  },
} as const;

type Machines = typeof claimStates;
export type BatchState = keyof Machines['batch'];
export type PrincipalState = keyof Machines['principal'];
type EventsOf<States> = States extends unknown ? keyof States : never;
export type BatchEvent = EventsOf<Machines['batch'][BatchState]>;
export type PrincipalEvent = EventsOf<Machines['principal'][PrincipalState]>;

type Table = Readonly<Record<string, Readonly<Record<string, string>>>>;

function next<State extends string>(table: Table, state: State, event: string): State | undefined {
  const to = table[state]?.[event];
  return to !== undefined && to in table ? (to as State) : undefined;
}

/** The state that an event leads to; `undefined` where it cannot happen. */
export const nextBatchState = (state: BatchState, event: BatchEvent): BatchState | undefined =>
  next<BatchState>(claimStates.batch, state, event);

/** The state that an event leads to; `undefined` where it cannot happen. */
export const nextPrincipalState = (
  state: PrincipalState,
  event: PrincipalEvent,
): PrincipalState | undefined => next<PrincipalState>(claimStates.principal, state, event);
