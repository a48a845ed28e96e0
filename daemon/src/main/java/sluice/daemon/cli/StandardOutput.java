// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/** Where a command prints. Remembers why that failed, which writers keep to themselves. One thread. */
final class StandardOutput extends OutputStream {
    /** How the JDK calls EPIPE in the C locale, in which it runs. */
    private static final String NOBODY_READS = "Broken pipe";

    private final OutputStream out;
    private @Nullable IOException failure;

    StandardOutput(OutputStream out) {
        this.out = out;
    }

    /** A writer to it, which is flushed after each line. */
    PrintWriter writer(Charset charset) {
        return new PrintWriter(new OutputStreamWriter(new BufferedOutputStream(this), charset), true);
    }

    /** Why not everything could be written; null when it could, and when the reader had enough, as {@code head} has. */
    @Nullable
    IOException failure() {
        return failure == null || NOBODY_READS.equals(failure.getMessage()) ? null : failure;
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
        try {
            out.write(bytes, from, count);
        } catch (IOException e) {
            failure = failure == null ? e : failure;
            throw e;
        }
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }
}
