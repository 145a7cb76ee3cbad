/** The ways beside the findings' topic on which a stack tells. */
export const channels = ['chat', 'events', 'security-hub'] as const;
export type Channel = (typeof channels)[number];
