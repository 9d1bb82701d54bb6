export { setLog } from './default-log.ts';
export { type PipelineOptions, pipeline } from './pipeline/pipeline.ts';
export type { Stage, Work } from './pipeline/stage.ts';
