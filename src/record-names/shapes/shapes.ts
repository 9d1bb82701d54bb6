import type { JsonObject } from '../../log/json.ts';
import type { Draft } from '../../log/record.ts';
import { access } from './access.ts';
import { cloudTrail, cloudWatch } from './amazon.ts';
import { clef } from './clef.ts';
import { container } from './container.ts';
import { mongodb, mysql } from './databases.ts';
import { gelf } from './gelf.ts';
import { googleCloud } from './google-cloud.ts';
import { journal } from './journal.ts';
import { loguru, monolog, rustTracing } from './libraries.ts';
import { list } from './many.ts';
import { azure, windows } from './microsoft.ts';
import type { Shape } from './shape.ts';
import type { ShapeName } from './shape-names.ts';
import { weir } from './weir.ts';

const SHAPES: Readonly<Record<ShapeName, Shape>> = {
  access,
  azure,
  clef,
  cloudTrail,
  cloudWatch,
  container,
  gelf,
  googleCloud,
  journal,
  list,
  loguru,
  mongodb,
  monolog,
  mysql,
  rustTracing,
  weir,
  windows,
};

/** The draft of an object that has names of these shapes, in the order of its names. */
export function readShapes(
  shapes: readonly ShapeName[],
  draft: Draft,
  object: JsonObject,
  read: (object: JsonObject) => Draft,
): Draft {
  let shaped = draft;
  for (const shape of shapes) {
    const before = shaped;
    shaped = SHAPES[shape](shaped, object, read);
    // Made anew from the whole object: what the other shapes say is in it.
    if (shaped !== before) return shaped;
  }
  return shaped;
}
