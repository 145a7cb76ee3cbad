import type { ServiceCatalog } from '@permission-check/embedded-aws';
import { actions, rcpServices, resourceTypes } from '#lib/catalog/actions.ts';
import { managedPolicies } from '#lib/catalog/managed-policies.ts';
import { PROBES } from '#lib/catalog/probes.ts';

const arnForms = new Map(resourceTypes.map(({ name, arn }) => [name, arn]));

/** What the embedded AWS is told of Rekognition: the one place where the catalogue is handed to it. */
export const rekognitionCatalog: ServiceCatalog = {
  actions: actions.map(({ action, resourceTypes: types, alsoJudgedOn }) => {
    const names = [...types.map(({ name }) => name), ...alsoJudgedOn];
    const feature = PROBES.get(action)?.feature;
    return {
      action,
      resources: names.flatMap((name) => arnForms.get(name) ?? []),
      ...(feature !== undefined && { feature }),
    };
  }),
  managedPolicies,
  rcpServices,
};
