// SPDX-License-Identifier: Apache-2.0
package sluice.engine.sniff;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;

/** What real clients say first, and ways to cut it. */
final class Hellos {
    private static final int RECORD_HEADER = 5;

    private Hellos() {}

    /** A recorded flow: {@code openssl}, {@code curl}, an RFC's test vector. */
    static byte[] recorded(String name) throws IOException {
        try (var in = Hellos.class.getResourceAsStream(name + ".hex")) {
            var text = new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.US_ASCII);
            return HexFormat.of().parseHex(text.replace("\n", ""));
        }
    }

    /** The first record of the JDK's TLS client. */
    static byte[] java(String name, String... protocols) throws IOException, GeneralSecurityException {
        var engine = SSLContext.getDefault().createSSLEngine();
        engine.setUseClientMode(true);
        var parameters = engine.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
        parameters.setProtocols(protocols);
        engine.setSSLParameters(parameters);
        var record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), record);
        return Arrays.copyOf(record.array(), record.position());
    }

    /** A handshake message without its record. */
    static byte[] message(byte[] record) {
        return Arrays.copyOfRange(record, RECORD_HEADER, record.length);
    }

    /** A message in records of at most so many bytes. */
    static byte[] records(byte[] message, int most) {
        var records = new ByteArrayOutputStream();
        for (int at = 0; at < message.length; at += most) {
            int length = Math.min(most, message.length - at);
            records.writeBytes(new byte[] {22, 3, 1, (byte) (length >> 8), (byte) length});
            records.write(message, at, length);
        }
        return records.toByteArray();
    }

    /** A ClientHello with an extension of this length in front of the server's name. */
    static byte[] padded(String name, int padding) {
        byte[] host = name.getBytes(StandardCharsets.US_ASCII);
        int extensions = 4 + padding + 9 + host.length;
        int body = 2 + 32 + 1 + 2 + 2 + 2 + 2 + extensions;
        var message = ByteBuffer.allocate(4 + body);
        message.putInt(1 << 24 | body)
                .putShort((short) 0x0303)
                .put(new byte[32])
                .put((byte) 0);
        message.putShort((short) 2).putShort((short) 0x1301).put((byte) 1).put((byte) 0);
        message.putShort((short) extensions)
                .putShort((short) 21)
                .putShort((short) padding)
                .put(new byte[padding]);
        message.putShort((short) 0).putShort((short) (host.length + 5)).putShort((short) (host.length + 3));
        message.put((byte) 0).putShort((short) host.length).put(host);
        return message.array();
    }
}
