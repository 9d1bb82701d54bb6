import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Folders by how long their files take. */
const ORDER = ['chaos', 'property', 'integration', 'unit'];

/** Begins with the long files, so that a run does not end with one worker busy and the others idle. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number =>
      ORDER.indexOf(relative(`${this.ctx.config.root}/test`, moduleId).split('/')[0]!);
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
