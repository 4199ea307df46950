import { BinaryReader, type WireType } from '@bufbuild/protobuf/wire';

/** A message's fields: what is told is read, the rest skipped. */
export function fields(
  bytes: Uint8Array,
  read: Record<number, (reader: BinaryReader, wire: WireType) => void>,
): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    const known = read[field];
    if (known) known(reader, wire);
    else reader.skip(wire, field);
  }
}
