package io.flinkmistral.weights.tensors;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.source.MappedFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A file that {@code torch.save} wrote: a zip file of stored entries, with {@code NAME/data.pkl}, a
 * pickle that says which tensors there are, and {@code NAME/data/KEY}, their numbers. No code of
 * the pickle is run: {@link TensorPickle} knows tensors in a dictionary and nothing else.
 */
public final class TorchFile {
  private static final String PICKLE = "/data.pkl";

  private TorchFile() {}

  public static List<TensorEntry> read(MappedFile file) throws MalformedModelException {
    ZipDirectory zip = ZipDirectory.read(file);
    ZipDirectory.Entry pickle = null;
    for (ZipDirectory.Entry entry : zip.entries()) {
      if (entry.name().endsWith(PICKLE)) {
        pickle = entry;
      }
    }
    if (pickle == null) {
      throw file.malformed(0, "the file has no data.pkl: torch.save did not write it");
    }
    String prefix = pickle.name().substring(0, pickle.name().length() - PICKLE.length());
    List<TensorEntry> tensors = new ArrayList<>();
    Map<String, TensorPickle.Tensor> declared = TensorPickle.read(file, pickle);
    for (Map.Entry<String, TensorPickle.Tensor> entry : declared.entrySet()) {
      tensors.add(tensor(file, zip, prefix, entry.getKey(), entry.getValue()));
    }
    return tensors;
  }

  private static TensorEntry tensor(
      MappedFile file, ZipDirectory zip, String prefix, String name, TensorPickle.Tensor tensor)
      throws MalformedModelException {
    long at = tensor.declaredAt();
    String key = prefix + "/data/" + tensor.storage().key();
    Optional<ZipDirectory.Entry> storage = zip.find(key);
    if (storage.isEmpty()) {
      throw file.malformed(at, "tensor %s is in %s, which is not there".formatted(name, key));
    }
    TensorShape shape = TensorShape.checked(name, tensor.size(), file, at);
    requireRowByRow(file, name, tensor);
    DataType type = tensor.storage().type();
    long numbers = storage.get().size() / type.blockBytes();
    // Rows and columns are below 2^31, so their product does not overflow.
    long count = (long) shape.rows() * shape.columns();
    if (tensor.offset() < 0 || tensor.offset() > numbers || count > numbers - tensor.offset()) {
      throw file.malformed(
          at,
          "tensor %s takes %d numbers from number %d on, but %s holds %d"
              .formatted(name, count, tensor.offset(), key, numbers));
    }
    long offset = storage.get().offset() + tensor.offset() * type.blockBytes();
    return TensorEntry.checked(shape, type, file, offset, at);
  }

  private static void requireRowByRow(MappedFile file, String name, TensorPickle.Tensor tensor)
      throws MalformedModelException {
    long expected = 1;
    for (int i = tensor.size().length - 1; i >= 0; i--) {
      if (tensor.stride()[i] != expected && tensor.size()[i] != 1) {
        throw file.malformed(
            tensor.declaredAt(), "tensor %s does not lie row by row in the file".formatted(name));
      }
      expected *= tensor.size()[i];
    }
  }
}
