// SPDX-License-Identifier: Apache-2.0
package sluice.engine.sniff;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Makes Initial packets as a client does, without the code under test: RFC 9001 step by step over HMAC and AES. */
final class Initials {
    static final int V1 = 1;
    static final int V2 = 0x6b3343cf;
    static final byte[] CONNECTION = HexFormat.of().parseHex("8394c8f03e515708");

    private Initials() {}

    /** A CRYPTO frame. */
    static byte[] crypto(byte[] message, int from, int to) {
        return ByteBuffer.allocate(1 + 4 + 2 + to - from)
                .put((byte) 6)
                .putInt(0x8000_0000 | from)
                .putShort((short) (0x4000 | (to - from)))
                .put(message, from, to - from)
                .array();
    }

    /** Frames one after the other, with padding so that the packet is long enough for a first one. */
    static byte[] padded(byte[]... frames) {
        var all = new ByteArrayOutputStream();
        for (byte[] frame : frames) {
            all.writeBytes(frame);
        }
        return Arrays.copyOf(all.toByteArray(), Math.max(1162, all.size()));
    }

    /** A packet with the usual connection id. */
    static byte[] packet(int version, int number, byte[] frames) throws GeneralSecurityException {
        return packet(version, CONNECTION, CONNECTION, number, frames);
    }

    /**
     * A packet.
     *
     * @param connection what its header names
     * @param original what its keys follow from
     */
    static byte[] packet(int version, byte[] connection, byte[] original, int number, byte[] frames)
            throws GeneralSecurityException {
        boolean v2 = version == V2;
        var header = ByteBuffer.allocate(1 + 4 + 1 + connection.length + 1 + 1 + 2 + 4);
        header.put((byte) (v2 ? 0xd3 : 0xc3)).putInt(version);
        header.put((byte) connection.length).put(connection).put((byte) 0).put((byte) 0);
        header.putShort((short) (0x4000 | (4 + frames.length + 16))).putInt(number);
        return protect(version, original, header.array(), number, frames);
    }

    /** Encrypts a packet whose header ends with a packet number of four bytes. */
    static byte[] protect(int version, byte[] original, byte[] header, int number, byte[] frames)
            throws GeneralSecurityException {
        boolean v2 = version == V2;
        byte[] salt = HexFormat.of()
                .parseHex(v2 ? "0dede3def700a6db819381be6e269dcbf9bd2ed9" : "38762cf7f55934b34d179ae6a4c80cadccbb7f0a");
        String label = v2 ? "quicv2 " : "quic ";
        byte[] client = expand(hmac(salt, original), "client in", 32);
        byte[] nonce = expand(client, label + "iv", 12);
        for (int i = 0; i < 4; i++) {
            nonce[8 + i] ^= (byte) (number >>> (24 - 8 * i));
        }
        var aead = Cipher.getInstance("AES/GCM/NoPadding");
        aead.init(Cipher.ENCRYPT_MODE, aes(expand(client, label + "key", 16)), new GCMParameterSpec(128, nonce));
        aead.updateAAD(header);
        byte[] sealed = aead.doFinal(frames);
        var ecb = Cipher.getInstance("AES/ECB/NoPadding");
        ecb.init(Cipher.ENCRYPT_MODE, aes(expand(client, label + "hp", 16)));
        byte[] mask = ecb.doFinal(sealed, 0, 16);
        byte[] packet = Arrays.copyOf(header, header.length + sealed.length);
        System.arraycopy(sealed, 0, packet, header.length, sealed.length);
        packet[0] ^= (byte) (mask[0] & 0x0f);
        for (int i = 0; i < 4; i++) {
            packet[header.length - 4 + i] ^= mask[1 + i];
        }
        return packet;
    }

    private static SecretKeySpec aes(byte[] key) {
        return new SecretKeySpec(key, "AES");
    }

    private static byte[] hmac(byte[] key, byte[] data) throws GeneralSecurityException {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(data);
    }

    /** HKDF-Expand-Label for at most one block of output. */
    private static byte[] expand(byte[] secret, String label, int length) throws GeneralSecurityException {
        byte[] text = ("tls13 " + label).getBytes(StandardCharsets.US_ASCII);
        var info = ByteBuffer.allocate(text.length + 5);
        info.putShort((short) length)
                .put((byte) text.length)
                .put(text)
                .put((byte) 0)
                .put((byte) 1);
        return Arrays.copyOf(hmac(secret, info.array()), length);
    }
}
