// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A process by its pidfd, which stays its own for ever. Owns the descriptor.
 *
 * <p>The kernel tells in {@code /proc/self/fdinfo} which number the process has, and -1 once it has none any more (pidfd_show_fdinfo() in
 * kernel/fork.c, fs/pidfs.c); pidfd_send_signal(2) would need the right to signal it.
 */
record ProcessByDescriptor(int pid, FileDescriptor descriptor) implements PeerProcess {
    @Override
    public boolean isAlive() {
        try (var lines = Files.lines(Path.of("/proc/self/fdinfo/" + descriptor.number()))) {
            return lines.anyMatch(line -> line.equals("Pid:\t" + pid));
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
