import data from './service-actions.json' with { type: 'json' };

const byService: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(data));

/**
 * The actions of a service that is often named beside Rekognition, without its prefix: `GetObject` of `s3`; undefined for
 * every other service. Source: Service Authorization Reference (see scripts/generate-service-actions.ts).
 */
export const actionsOfService = (service: string): readonly string[] | undefined =>
  byService.get(service.toLowerCase());
