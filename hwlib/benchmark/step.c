/* Steps of gradient descent for an F-H-K network: sigmoid, softmax cross-entropy, double precision.
 * The compiler is given F, H and K. Arrays are (features, rows), so that the inner loops run over examples;
 * P holds W1 (F, H), b1, W2 (H, K), b2; X is (F, m), Y is (K, m). Returns the last step's mean loss.
 */
#include <math.h>
#include <string.h>

#define ROWS 256 /* examples at a time: what they need stays in the cache */

static double A[H][ROWS], E[K][ROWS], G[(F + 1) * H + (H + 1) * K];

static double add_gradient(const double *X, const double *Y, const double *P, long m, long n)
{
    const double *W1 = P, *b1 = W1 + F * H, *W2 = b1 + H, *b2 = W2 + H * K;
    double *G1 = G, *g1 = G1 + F * H, *G2 = g1 + H, *g2 = G2 + H * K, loss = 0;

    for (int j = 0; j < H; j++)
        for (long i = 0; i < n; i++) {
            double z = b1[j];
            for (int p = 0; p < F; p++) z += W1[p * H + j] * X[p * m + i];
            A[j][i] = 1 / (1 + exp(-z));
        }
    for (int q = 0; q < K; q++)
        for (long i = 0; i < n; i++) E[q][i] = b2[q];
    for (int j = 0; j < H; j++)
        for (long i = 0; i < n; i++)
            for (int q = 0; q < K; q++) E[q][i] += W2[j * K + q] * A[j][i];
    for (long i = 0; i < n; i++) {
        double top = E[0][i], sum = 0, picked = 0;
        for (int q = 1; q < K; q++) top = E[q][i] > top ? E[q][i] : top;
        for (int q = 0; q < K; q++) {
            double z = E[q][i] - top, e = exp(z);
            picked += Y[q * m + i] * z;
            sum += e;
            E[q][i] = e;
        }
        loss += log(sum) - picked;
        for (int q = 0; q < K; q++) E[q][i] = E[q][i] / sum - Y[q * m + i];
    }
    for (int j = 0; j < H; j++) {
        double row[K] = {0}, column[F] = {0}, bias = 0;
        for (long i = 0; i < n; i++) {
            double a = A[j][i], delta = 0;
            for (int q = 0; q < K; q++) {
                row[q] += a * E[q][i];
                delta += W2[j * K + q] * E[q][i];
            }
            delta *= a * (1 - a);
            bias += delta;
            for (int p = 0; p < F; p++) column[p] += delta * X[p * m + i];
        }
        for (int q = 0; q < K; q++) G2[j * K + q] += row[q];
        for (int p = 0; p < F; p++) G1[p * H + j] += column[p];
        g1[j] += bias;
    }
    for (int q = 0; q < K; q++) {
        double sum = 0;
        for (long i = 0; i < n; i++) sum += E[q][i];
        g2[q] += sum;
    }
    return loss;
}

double steps(const double *X, const double *Y, double *P, long m, double rate, long count)
{
    double loss = 0;
    while (count--) {
        loss = 0;
        memset(G, 0, sizeof G);
        for (long i = 0; i < m; i += ROWS) loss += add_gradient(X + i, Y + i, P, m, m - i < ROWS ? m - i : ROWS);
        for (long i = 0; i < (long)(sizeof G / sizeof *G); i++) P[i] -= rate / m * G[i];
    }
    return loss / m;
}
