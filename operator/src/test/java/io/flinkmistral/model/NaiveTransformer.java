package io.flinkmistral.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.weights.LayerWeights;
import io.flinkmistral.weights.RopeLayout;
import io.flinkmistral.weights.TransformerConfig;
import java.lang.foreign.ValueLayout;

/**
 * The oracle of the forward pass: the formulas of the papers in double precision, for a whole
 * sequence at once, without a cache and without regard to speed. F32 weights only.
 */
final class NaiveTransformer {
  /** Of the greatest logit, at least 1; operator/README.md says so of the engine. */
  private static final double ROUNDING = 2e-6;

  private final TransformerConfig config;
  private final RandomModel model;

  NaiveTransformer(RandomModel model) {
    this.config = model.config();
    this.model = model;
  }

  /** Checks logits of each position against this oracle's. */
  static void assertAgrees(float[][] actual, double[][] expected) {
    double greatest = 1;
    double error = 0;
    for (int t = 0; t < expected.length; t++) {
      for (int i = 0; i < expected[t].length; i++) {
        greatest = Math.max(greatest, Math.abs(expected[t][i]));
        error = Math.max(error, Math.abs(actual[t][i] - expected[t][i]));
      }
    }
    assertThat(error).isLessThanOrEqualTo(ROUNDING * greatest);
  }

  double[][] logits(int[] tokens) {
    double[][] h = new double[tokens.length][];
    for (int t = 0; t < tokens.length; t++) {
      h[t] = row(model.weights().tokenEmbedding(), tokens[t]);
    }
    for (LayerWeights layer : model.weights().layers()) {
      double[][] attended = attention(layer, norm(h, layer.attentionNorm()));
      h = sum(h, times(layer.attentionOutput(), attended));
      h = sum(h, feedForward(layer, norm(h, layer.feedForwardNorm())));
    }
    return times(model.weights().output(), norm(h, model.weights().outputNorm()));
  }

  private double[][] attention(LayerWeights layer, double[][] x) {
    double[][] q = rotated(times(layer.query(), x), config.heads());
    double[][] k = rotated(times(layer.key(), x), config.kvHeads());
    double[][] v = times(layer.value(), x);
    int d = config.headDim();
    double[][] out = new double[x.length][config.heads() * d];
    for (int i = 0; i < x.length; i++) {
      int first = config.window().isPresent() ? Math.max(0, i - config.window().getAsInt() + 1) : 0;
      for (int head = 0; head < config.heads(); head++) {
        int kvHead = head / (config.heads() / config.kvHeads());
        double total = 0;
        for (int j = first; j <= i; j++) {
          double score = 0;
          for (int c = 0; c < d; c++) {
            score += q[i][head * d + c] * k[j][kvHead * d + c];
          }
          double weight = Math.exp(score / Math.sqrt(d));
          total += weight;
          for (int c = 0; c < d; c++) {
            out[i][head * d + c] += weight * v[j][kvHead * d + c];
          }
        }
        for (int c = 0; c < d; c++) {
          out[i][head * d + c] /= total;
        }
      }
    }
    return out;
  }

  private double[][] rotated(double[][] x, int heads) {
    int d = config.headDim();
    boolean halves = config.ropeLayout() == RopeLayout.HALVES;
    double[][] out = new double[x.length][heads * d];
    for (int t = 0; t < x.length; t++) {
      for (int head = 0; head < heads; head++) {
        for (int i = 0; i < d / 2; i++) {
          double angle = t * Math.pow(config.ropeTheta(), -2.0 * i / d);
          int a = head * d + (halves ? i : 2 * i);
          int b = head * d + (halves ? i + d / 2 : 2 * i + 1);
          out[t][a] = x[t][a] * Math.cos(angle) - x[t][b] * Math.sin(angle);
          out[t][b] = x[t][b] * Math.cos(angle) + x[t][a] * Math.sin(angle);
        }
      }
    }
    return out;
  }

  private double[][] feedForward(LayerWeights layer, double[][] x) {
    double[][] gate = times(layer.gate(), x);
    double[][] up = times(layer.up(), x);
    for (int t = 0; t < x.length; t++) {
      for (int i = 0; i < gate[t].length; i++) {
        gate[t][i] = gate[t][i] / (1 + Math.exp(-gate[t][i])) * up[t][i];
      }
    }
    return times(layer.down(), gate);
  }

  private double[][] norm(double[][] x, Matrix weight) {
    double[] w = row(weight, 0);
    double[][] out = new double[x.length][w.length];
    for (int t = 0; t < x.length; t++) {
      double squares = 0;
      for (double value : x[t]) {
        squares += value * value;
      }
      double factor = 1 / Math.sqrt(squares / w.length + config.normEpsilon());
      for (int i = 0; i < w.length; i++) {
        out[t][i] = x[t][i] * factor * w[i];
      }
    }
    return out;
  }

  private static double[][] times(Matrix matrix, double[][] x) {
    double[][] out = new double[x.length][matrix.rows()];
    for (int r = 0; r < matrix.rows(); r++) {
      double[] w = row(matrix, r);
      for (int t = 0; t < x.length; t++) {
        for (int c = 0; c < w.length; c++) {
          out[t][r] += w[c] * x[t][c];
        }
      }
    }
    return out;
  }

  private static double[][] sum(double[][] a, double[][] b) {
    for (int t = 0; t < a.length; t++) {
      for (int i = 0; i < a[t].length; i++) {
        b[t][i] += a[t][i];
      }
    }
    return b;
  }

  private static double[] row(Matrix matrix, int row) {
    double[] out = new double[matrix.columns()];
    for (int i = 0; i < out.length; i++) {
      out[i] = matrix.data().getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * matrix.columns() + i);
    }
    return out;
  }
}
