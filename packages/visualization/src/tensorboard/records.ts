/**
 * TFRecord framing: a length of 8 bytes, its checksum, the data, its checksum, all little-endian. Checksums are CRC-32C
 * (RFC 3720), masked: https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
 */

/** Castagnoli's polynomial, reflected. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? POLYNOMIAL ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

/** CRC-32C of `bytes`. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** A checksum as it is stored, so that the checksum of data that holds checksums isn't weak. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** One record around `data`. */
export function frame(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(16 + data.length);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, masked(data), true);
  return record;
}

/**
 * The data of each record. A last one that isn't whole, as while it is being written, is left out.
 * @param name of the file, for errors
 * @throws {Error} where a checksum doesn't fit
 */
export function* records(bytes: Uint8Array, name: string): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + 12 <= bytes.length) {
    if (view.getUint32(at + 8, true) !== masked(bytes.subarray(at, at + 8))) {
      throw new Error(`${name}: the record at byte ${at} is damaged, or this is no TensorBoard event file.`);
    }
    const length = Number(view.getBigUint64(at, true));
    const end = at + 12 + length;
    if (end + 4 > bytes.length) return;
    const data = bytes.subarray(at + 12, end);
    if (view.getUint32(end, true) !== masked(data)) {
      throw new Error(`${name}: the data of the record at byte ${at} is damaged.`);
    }
    yield data;
    at = end + 4;
  }
}
