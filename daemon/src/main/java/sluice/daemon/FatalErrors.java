// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process when one of its threads has ended by an error: the rest would look alive, and what that thread served would wait for ever. The
 * process ends as if it were killed. Nothing is undone, so that what is proxied finds no other way out, and the service manager, which
 * has the listeners, starts it anew.
 *
 * <p>A virtual thread is one conversation, on which only its own flow depends: an exception there is logged. An {@link Error} may be one of
 * memory, and then nothing can be relied on.
 */
final class FatalErrors implements Thread.UncaughtExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(FatalErrors.class);
    private static final int FAILED = 1;
    private static final String CONSEQUENCE = "the daemon ends and leaves its rules to the next run";

    // Made in time: when they are needed there may be no memory.
    private final FileOutputStream standardError = new FileOutputStream(FileDescriptor.err);
    private final byte[] lastWords = ("sluice: a thread failed, with no memory left to say more; " + CONSEQUENCE + "\n")
            .getBytes(StandardCharsets.US_ASCII);

    private FatalErrors() {}

    /** From now on, for all threads of the process. */
    static void endTheProcess() {
        Thread.setDefaultUncaughtExceptionHandler(new FatalErrors());
    }

    @Override
    public void uncaughtException(Thread thread, Throwable error) {
        if (thread.isVirtual() && error instanceof Exception) {
            LOG.error("the thread {} failed, which is a defect of Sluice, ignoring", thread.getName(), error);
            return;
        }
        try {
            LOG.error("the thread {} failed; " + CONSEQUENCE, thread.getName(), error);
        } catch (Throwable _) {
            sayWithoutMemory();
        } finally {
            Runtime.getRuntime().halt(FAILED);
        }
    }

    private void sayWithoutMemory() {
        try {
            standardError.write(lastWords);
        } catch (IOException _) {
            // Nobody listens.
        }
    }
}
