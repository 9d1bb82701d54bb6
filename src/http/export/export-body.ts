import { ExportCut, type WeirError } from '../../errors.ts';
import { type Encoding, encodedStream } from '../encoding.ts';

interface Body {
  /** What `rest` gave first. */
  first: IteratorResult<string, boolean>;
  /** @returns whether more match than were exported */
  rest: AsyncGenerator<string, boolean>;
  encoding: Encoding | undefined;
  /** Why an export that does not have all is cut. Null: the client asked for no more. */
  cutText: string | null;
  known(error: unknown): WeirError;
}

/**
 * The bytes of an export. An error comes only after all text before it, and after the end of the compression: what the client got
 * is whole lines, though the response as a whole is broken.
 */
export async function* exportBody({
  first,
  rest,
  encoding,
  cutText,
  known,
}: Body): AsyncGenerator<Uint8Array | string> {
  let failure: WeirError | undefined;
  async function* text(): AsyncGenerator<string> {
    try {
      let result = first;
      for (; !result.done; result = await rest.next()) yield result.value;
      if (result.value && cutText !== null) failure = new ExportCut(cutText);
    } catch (error) {
      failure = known(error);
    } finally {
      await rest.return(false);
    }
  }
  yield* encoding ? encodedStream(text(), encoding) : text();
  if (failure) throw failure;
}
