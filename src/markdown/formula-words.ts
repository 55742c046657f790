// A formula where only letters may stand: `$e^{i\pi} \le x^2$` is "e^(iπ) ≤ x²" to those who read an excerpt.

const longest = 60

/** What needs a second line, such as a fraction or a sum, is an ellipsis. */
export function formulaWords(tex: string): string {
  const words = tex
    .replace(/\\[,;:! ]|\\q?quad(?![a-z])|~/gi, ' ')
    .replace(/\\(?:left|right)(?![a-z])/gi, '')
    .replace(/\\([a-z]+)/gi, (command, name: string) => symbols.get(name) ?? command)
    .replace(/\{([^{}]*)\}/g, (_, inside: string) => (Array.from(inside).length > 1 ? `(${inside})` : inside))
    .replace(/([\^_])(\d)(?!\d)/g, (_, mark: string, digit: string) => (mark === '^' ? raised : lowered).charAt(+digit))
    .replace(/\s+/g, ' ')
    .trim()
  return words.length > longest || /[\\{}&]|^$/.test(words) ? '…' : words
}

const raised = '⁰¹²³⁴⁵⁶⁷⁸⁹'
const lowered = '₀₁₂₃₄₅₆₇₈₉'

const symbols = new Map(
  (
    'alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ nu ν xi ξ ' +
    'pi π rho ρ sigma σ tau τ phi φ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ ' +
    'Phi Φ Psi Ψ Omega Ω le ≤ leq ≤ ge ≥ geq ≥ ne ≠ neq ≠ approx ≈ equiv ≡ sim ∼ times × cdot · div ÷ pm ± to → ' +
    'rightarrow → Rightarrow ⇒ implies ⇒ in ∈ notin ∉ subset ⊂ cup ∪ cap ∩ infty ∞ partial ∂ nabla ∇ forall ∀ ' +
    'exists ∃ dots … ldots … cdots … hbar ℏ ell ℓ degree ° sin sin cos cos tan tan log log ln ln exp exp min min max max'
  )
    .split(' ')
    .flatMap((name, index, all) => (index % 2 === 0 ? [[name, all[index + 1] ?? ''] as const] : [])),
)
