import data from './service-actions.json' with { type: 'json' };

const byService: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(data).map(([service, names]) => [service, names.split(' ')]),
);

/**
 * The actions of a service that is often named beside Rekognition, without its prefix: `GetObject` of `s3`; undefined for
 * every other service. Source: Service Authorization Reference (see scripts/generate-service-actions.ts).
 */
export const actionsOfService = (service: string): readonly string[] | undefined =>
  byService.get(service.toLowerCase());

/**
 * Whether a condition key is one of these services, which only requests to the service itself have: `kms:ViaService`. Of
 * other services that is not said: those that run code add keys to the sessions of its role, as `lambda:SourceFunctionArn`.
 */
export const isKeyOfListedService = (key: string): boolean =>
  actionsOfService(key.split(':', 1)[0] ?? '') !== undefined;
