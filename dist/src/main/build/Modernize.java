// SPDX-License-Identifier: Apache-2.0

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a copy of a jar whose classes are in the format of Java 8 at least.
 *
 * <p>The JVM's AOT cache leaves out classes older than Java 6, which have no stack maps (JVMS section 4.10.1). picocli's are of
 * Java 5: loading and verifying them from the jar took more than half of each command's time. Nothing but the format changes.
 */
final class Modernize {
    private static final int OLDEST_TO_KEEP = ClassFile.JAVA_8_VERSION;

    private final Map<String, byte[]> entries = new LinkedHashMap<>();

    /** Arguments: the jar, and the copy to write. */
    public static void main(String[] arguments) throws IOException {
        var jar = new Modernize();
        jar.read(Path.of(arguments[0]));
        jar.write(Path.of(arguments[1]));
    }

    private void read(Path from) throws IOException {
        try (var jar = new JarFile(from.toFile())) {
            for (var entry : (Iterable<java.util.jar.JarEntry>) jar.stream()::iterator) {
                if (!entry.isDirectory()) {
                    try (var in = jar.getInputStream(entry)) {
                        entries.put(entry.getName(), in.readAllBytes());
                    }
                }
            }
        }
    }

    private void write(Path to) throws IOException {
        var classes = ClassFile.of(
                StackMapsOption.GENERATE_STACK_MAPS,
                ClassHierarchyResolverOption.of(
                        ClassHierarchyResolver.ofResourceParsing(type -> resource(type.packageName(), type.displayName()))
                                .orElse(ClassHierarchyResolver.defaultResolver())));
        try (var out = new ZipOutputStream(Files.newOutputStream(to))) {
            for (var entry : entries.entrySet()) {
                var header = new ZipEntry(entry.getKey());
                header.setTime(0);
                out.putNextEntry(header);
                out.write(entry.getKey().endsWith(".class") ? modern(classes, entry.getValue()) : entry.getValue());
                out.closeEntry();
            }
        }
    }

    private InputStream resource(String packageName, String name) {
        var bytes = entries.get((packageName.isEmpty() ? "" : packageName.replace('.', '/') + "/") + name + ".class");
        return bytes == null ? null : new ByteArrayInputStream(bytes);
    }

    private static byte[] modern(ClassFile classes, byte[] bytes) {
        var model = classes.parse(bytes);
        if (model.majorVersion() >= OLDEST_TO_KEEP) {
            return bytes;
        }
        ClassTransform version = (builder, element) -> {
            if (element instanceof ClassFileVersion) {
                builder.withVersion(OLDEST_TO_KEEP, 0);
            } else {
                builder.with(element);
            }
        };
        CodeTransform rebuilt = (builder, element) -> builder.with(element);
        return classes.transformClass(model, version.andThen(ClassTransform.transformingMethodBodies(rebuilt)));
    }
}
