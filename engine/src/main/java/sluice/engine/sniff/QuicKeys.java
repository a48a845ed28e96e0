// SPDX-License-Identifier: Apache-2.0
package sluice.engine.sniff;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import org.jspecify.annotations.Nullable;

/** The keys of a client's Initial packets (RFC 9001, section 5; RFC 9369, section 3.3). They hide nothing: whoever sees the packet has them. */
final class QuicKeys {
    /** A client's first connection id has at least this length (RFC 9000, section 7.2). */
    private static final int SHORTEST_ID = 8;

    private static final int SECRET_BYTES = 32;
    private static final int KEY_BYTES = 16;
    private static final int IV_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final int SAMPLE_BYTES = 16;
    private static final int LONGEST_NUMBER = 4;

    private final SecretKey key;
    private final SecretKey headerKey;
    private final byte[] iv;

    private QuicKeys(SecretKey key, SecretKey headerKey, byte[] iv) {
        this.key = key;
        this.headerKey = headerKey;
        this.iv = iv;
    }

    /** The keys that follow from a packet's destination connection id; null if it is not a client's first one. */
    static @Nullable QuicKeys of(QuicPacket packet) {
        if (packet.connectionLength() < SHORTEST_ID) {
            return null;
        }
        try {
            var version = packet.version();
            int start = packet.connection();
            byte[] connection = Arrays.copyOfRange(packet.bytes(), start, start + packet.connectionLength());
            var hkdf = KDF.getInstance("HKDF-SHA256");
            var initial = hkdf.deriveKey(
                    "Generic",
                    HKDFParameterSpec.ofExtract()
                            .addSalt(version.salt())
                            .addIKM(connection)
                            .extractOnly());
            var client = hkdf.deriveKey("Generic", expand(initial, "client in", SECRET_BYTES));
            return new QuicKeys(
                    hkdf.deriveKey("AES", expand(client, version.label() + "key", KEY_BYTES)),
                    hkdf.deriveKey("AES", expand(client, version.label() + "hp", KEY_BYTES)),
                    hkdf.deriveData(expand(client, version.label() + "iv", IV_BYTES)));
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    /** HKDF-Expand-Label of RFC 8446, section 7.1. */
    private static HKDFParameterSpec.Expand expand(SecretKey secret, String label, int length) {
        byte[] text = ("tls13 " + label).getBytes(StandardCharsets.US_ASCII);
        var info = ByteBuffer.allocate(4 + text.length)
                .putShort((short) length)
                .put((byte) text.length)
                .put(text)
                .put((byte) 0);
        return HKDFParameterSpec.expandOnly(secret, info.array(), length);
    }

    private static IllegalStateException missing(GeneralSecurityException e) {
        return new IllegalStateException("read a QUIC packet: HKDF-SHA256 and AES-128-GCM come with every Java 25", e);
    }

    /** The frames in a packet; null if the packet was not encrypted with these keys. */
    byte @Nullable [] open(QuicPacket packet) {
        int number = packet.number();
        // The sample is taken as if the packet number had its full length (RFC 9001, section 5.4.2).
        if (packet.end() - number < LONGEST_NUMBER + SAMPLE_BYTES) {
            return null;
        }
        try {
            byte[] mask = mask(packet.bytes(), number + LONGEST_NUMBER);
            byte[] header = Arrays.copyOfRange(packet.bytes(), packet.start(), number + LONGEST_NUMBER);
            header[0] ^= (byte) (mask[0] & 0x0f);
            int numberLength = (header[0] & 3) + 1;
            int headerLength = number - packet.start() + numberLength;
            byte[] nonce = iv.clone();
            for (int i = 0; i < numberLength; i++) {
                int at = headerLength - numberLength + i;
                header[at] ^= mask[1 + i];
                nonce[IV_BYTES - numberLength + i] ^= header[at];
            }
            var cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
            cipher.updateAAD(header, 0, headerLength);
            int start = packet.start() + headerLength;
            return cipher.doFinal(packet.bytes(), start, packet.end() - start);
        } catch (AEADBadTagException e) {
            return null;
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    private byte[] mask(byte[] bytes, int sample) throws GeneralSecurityException {
        var cipher = Cipher.getInstance("AES/ECB/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, headerKey);
        return cipher.doFinal(bytes, sample, SAMPLE_BYTES);
    }
}
