export { resolveTemplate, TemplateError, type TemplateOptions } from './src/read-template.ts';
export type * from './src/types.ts';
export { parseTemplate } from './src/yaml.ts';
